//! An exercise as its check sees it, and the judgement itself.

use crate::draw::{SEED, todays_seed};
use crate::mistake::Found;
use crate::outcome::{self, Outcome};
use crate::value::show;
use crate::{Draw, Mistake, Right, Value};

/// How many cases are drawn each day, after the fixed ones.
const DRAWN: usize = 40;

/// An exercise: its cases, what an answer computes in them, and the wrong answers that are known.
///
/// `A` is an answer: the reader's functions. `C` is a case: the arguments that they get.
pub struct Exercise<A: 'static, C: 'static> {
    /// The name of its file: `07_conv`.
    pub name: &'static str,
    /// `chapter 5, "One sum, three roles"`.
    pub chapter: &'static str,
    /// Where the project does the same: a file and the name of an item in it.
    pub file: &'static str,
    /// Cases that are always tried, the smallest first.
    pub fixed: fn() -> Vec<C>,
    /// One more case.
    pub drawn: fn(&mut Draw) -> C,
    /// How large a case is: drawn cases are tried from the smallest up.
    pub size: fn(&C) -> usize,
    /// The case as a message shows it: `x = [ 1 2 3 ]  two taps, stride 1`.
    pub show: fn(&C) -> String,
    /// What is computed, in the order in which the reader writes it.
    pub parts: &'static [Part<A, C>],
    /// The wrong answers.
    pub wrong: &'static [Wrong<A>],
}

/// One result of an answer. A part that panics leaves the others alone.
pub struct Part<A, C> {
    /// The name of the result: `dw`.
    pub name: &'static str,
    /// The result of an answer.
    pub yours: fn(&A, &C) -> Value,
    /// The right one.
    pub right: fn(&C) -> Right,
}

/// A wrong answer, and the sentence that names its mistake.
pub struct Wrong<A> {
    /// Its name, for those who read the results of the tests.
    pub name: &'static str,
    /// The wrong functions.
    pub answer: A,
    /// Words of the explanation that no other explanation of this exercise has.
    pub words: &'static str,
    /// `This is what comes out when …`
    pub explanation: &'static str,
}

/// What the check says about one of the wrong answers.
pub struct Refusal {
    /// The exercise.
    pub exercise: &'static str,
    /// The name of the wrong answer.
    pub wrong: &'static str,
    /// The words that must be in the message, ...
    pub words: &'static str,
    /// ... and those of the other wrong answers, which must not.
    pub others: Vec<&'static str>,
    /// The verdict.
    pub verdict: Result<(), Mistake>,
}

impl<A, C> Exercise<A, C> {
    /// Judges an answer with the cases of today.
    ///
    /// # Errors
    /// The smallest failure.
    pub fn check(&self, yours: &A) -> Result<(), Mistake> {
        self.check_with(yours, todays_seed())
    }

    /// Judges an answer with the cases of a seed.
    ///
    /// # Errors
    /// The smallest failure.
    pub fn check_with(&self, yours: &A, seed: u64) -> Result<(), Mistake> {
        let fixed = (self.fixed)();
        let draw = &mut Draw::new(seed);
        let mut drawn: Vec<C> = (0..DRAWN).map(|_| (self.drawn)(draw)).collect();
        drawn.sort_by_key(self.size);
        let first_drawn = fixed.len();
        let cases: Vec<C> = fixed.into_iter().chain(drawn).collect();
        for part in self.parts {
            self.check_part(part, &cases, yours).map_err(|(at, mut mistake)| {
                if first_drawn <= at
                    && let Some(found) = &mut mistake.found
                {
                    found.again = Some(format!("Drawn from the seed of today; {SEED}={seed} shows it again."));
                }
                mistake
            })?;
        }
        println!("{}: {} cases, {SEED}={seed}", self.name, cases.len());
        Ok(())
    }

    /// Judges one result in all cases. An error has the number of its case.
    fn check_part(&self, part: &Part<A, C>, cases: &[C], yours: &A) -> Result<(), (usize, Mistake)> {
        for (at, case) in cases.iter().enumerate() {
            let right = (part.right)(case);
            let (what, yours_is, difference) = match outcome::of(|| (part.yours)(yours, case)) {
                Outcome::Returned(value) if right.accepts(&value) => continue,
                Outcome::Returned(value) => {
                    let difference = right.difference(&value);
                    (format!("{} is wrong", part.name), format!("yours: {} = {}", part.name, show(&value)), difference)
                }
                Outcome::Panicked(words) => (format!("{} panics", part.name), format!("yours panics: {words}"), None),
                Outcome::Unsolved(what) => {
                    return Err((at, Mistake { exercise: self.name, what, found: None }));
                }
            };
            let found = Found {
                case: (self.show)(case),
                yours: yours_is,
                right: show(right.value()),
                difference,
                again: None,
                explanation: self.explain(part, cases, yours),
                chapter: self.chapter,
                file: self.file,
            };
            return Err((at, Mistake { exercise: self.name, what, found: Some(Box::new(found)) }));
        }
        Ok(())
    }

    /// The explanation of the one wrong answer that fits, if exactly one does.
    fn explain(&self, part: &Part<A, C>, cases: &[C], yours: &A) -> Option<&'static str> {
        let yours: Vec<(Right, Outcome)> =
            cases.iter().map(|case| ((part.right)(case), outcome::of(|| (part.yours)(yours, case)))).collect();
        let mut fitting = self.wrong.iter().filter(|wrong| fits(part, cases, &yours, &wrong.answer));
        let one = fitting.next()?;
        fitting.next().is_none().then_some(one.explanation)
    }

    /// What the check says about each of the wrong answers.
    #[must_use]
    pub fn refusals(&self) -> Vec<Refusal> {
        let refusal = |(at, wrong): (usize, &Wrong<A>)| Refusal {
            exercise: self.name,
            wrong: wrong.name,
            words: wrong.words,
            others: self.wrong.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, other)| other.words).collect(),
            verdict: self.check(&wrong.answer),
        };
        self.wrong.iter().enumerate().map(refusal).collect()
    }
}

/// Whether a wrong answer gives what yours gives: in one case at least a result that is not right,
/// and in no case another result. A case in which only one of them panics says nothing, and where
/// most of the cases say nothing, so does the rest.
fn fits<A, C>(part: &Part<A, C>, cases: &[C], yours: &[(Right, Outcome)], wrong: &A) -> bool {
    let mut has_evidence = false;
    let mut silent = 0;
    for (case, (right, yours)) in cases.iter().zip(yours) {
        match (yours, outcome::of(|| (part.yours)(wrong, case))) {
            (Outcome::Returned(yours), Outcome::Returned(wrong)) => {
                if !right.same(yours, &wrong) {
                    return false;
                }
                has_evidence |= !right.accepts(yours);
            }
            (Outcome::Returned(_), _) | (_, Outcome::Returned(_)) => silent += 1,
            _ => {}
        }
    }
    has_evidence && 4 * silent <= 3 * cases.len()
}
