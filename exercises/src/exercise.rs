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

/// One result of an answer. Parts are judged one after the other, and one that panics leaves the others alone.
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
    /// Words of the explanation that no other explanation of this exercise has. Wrong answers that
    /// are the same mistake share the explanation and the words.
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
        let draw = &mut Draw::new(seed);
        let mut cases: Vec<C> = (0..DRAWN).map(|_| (self.drawn)(draw)).collect();
        cases.sort_by_key(self.size);
        cases.splice(0..0, (self.fixed)());
        let fixed = cases.len() - DRAWN;
        self.check_cases(&cases, yours).map_err(|(at, mut mistake)| {
            if let Some(found) = &mut mistake.found
                && fixed <= at
            {
                found.again = Some(format!("Drawn from the seed of today; {SEED}={seed} shows it again."));
            }
            mistake
        })?;
        println!("{}: {} cases, {SEED}={seed}", self.name, cases.len());
        Ok(())
    }

    /// Judges all results in these cases. An error has the number of its case.
    fn check_cases(&self, cases: &[C], yours: &A) -> Result<(), (usize, Mistake)> {
        self.parts.iter().try_for_each(|part| self.check_part(part, cases, yours))
    }

    /// Judges one result in all cases. An error has the number of its case.
    fn check_part(&self, part: &Part<A, C>, cases: &[C], yours: &A) -> Result<(), (usize, Mistake)> {
        for (at, case) in cases.iter().enumerate() {
            let right = (part.right)(case);
            let mut from = 0;
            let (what, yours_is, difference) = match outcome::of(|| (part.yours)(yours, case)) {
                Outcome::Returned(value) if right.accepts(&value) => continue,
                Outcome::Returned(value) => {
                    from = right.first_difference(&value);
                    let difference = right.difference(&value);
                    let yours = format!("yours: {} = {}", part.name, show(&value, from));
                    (format!("{} is wrong", part.name), yours, difference)
                }
                Outcome::Panicked(words) => {
                    (format!("computing {} panics", part.name), format!("yours panics: {words}"), None)
                }
                Outcome::Unsolved(what) => {
                    return Err((at, Mistake { exercise: self.name, what, found: None }));
                }
            };
            let found = Found {
                case: (self.show)(case),
                yours: yours_is,
                right: show(right.value(), from),
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

    /// The explanation that fits, if exactly one does. Several wrong answers may share one.
    fn explain(&self, part: &Part<A, C>, cases: &[C], yours: &A) -> Option<&'static str> {
        let yours: Vec<(Right, Outcome)> =
            cases.iter().map(|case| ((part.right)(case), outcome::of(|| (part.yours)(yours, case)))).collect();
        let mut fitting = self.wrong.iter().filter(|wrong| fits(part, cases, &yours, &wrong.answer));
        let explanation = fitting.next()?.explanation;
        fitting.all(|other| other.explanation == explanation).then_some(explanation)
    }

    /// What the check says about each of the wrong answers, by its fixed cases alone.
    ///
    /// More cases never make two explanations fit where one did, so a wrong answer that is named
    /// by these is named on every day.
    #[must_use]
    pub fn refusals(&self) -> Vec<Refusal> {
        let fixed = (self.fixed)();
        let words = self.wrong.iter().map(|wrong| wrong.words);
        let refusal = |wrong: &Wrong<A>| Refusal {
            exercise: self.name,
            wrong: wrong.name,
            words: wrong.words,
            others: words.clone().filter(|words| *words != wrong.words).collect(),
            verdict: self.check_cases(&fixed, &wrong.answer).map_err(|(_, mistake)| mistake),
        };
        self.wrong.iter().map(refusal).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list;

    type Double = fn(&[f32]) -> Vec<f32>;

    /// Doubles numbers; wrong answers that agree on small cases, and two that always agree.
    const EXERCISE: Exercise<Double, Vec<f32>> = Exercise {
        name: "00_double",
        chapter: "chapter 0",
        file: "nowhere.rs",
        fixed: || vec![vec![0.0], vec![2.0], vec![3.0]],
        drawn: |draw| draw.integers(5),
        size: Vec::len,
        show: |x| format!("x = {}", list(x)),
        parts: &[Part {
            name: "y",
            yours: |double, x| double(x).into(),
            right: |x| Right::exactly(x.iter().map(|x| 2.0 * x).collect::<Vec<_>>()),
        }],
        wrong: &[
            Wrong { name: "square", answer: |x| map(x, |x| x * x), words: "squared", explanation: "It is squared." },
            Wrong { name: "plus", answer: |x| map(x, |x| x + 2.0), words: "two more", explanation: "It is two more." },
            Wrong { name: "triple", answer: |x| map(x, |x| 3.0 * x), words: "tripled", explanation: "It is tripled." },
            Wrong { name: "sum", answer: |x| map(x, |x| x + x + x), words: "summed", explanation: "It is summed." },
            Wrong { name: "panic", answer: |x| map(x, root), words: "root", explanation: "It is a root." },
        ],
    };

    fn map(x: &[f32], f: fn(f32) -> f32) -> Vec<f32> {
        x.iter().copied().map(f).collect()
    }

    fn root(x: f32) -> f32 {
        assert!(0.0 <= x, "a negative number");
        x.sqrt()
    }

    fn said(yours: Double) -> String {
        EXERCISE.check_with(&yours, 7).unwrap_err().to_string()
    }

    #[test]
    fn a_right_answer_passes() {
        assert!(EXERCISE.check_with(&((|x| map(x, |x| x + x)) as Double), 7).is_ok());
    }

    /// The square of 2 is right, and so is that of 0.
    #[test]
    fn the_first_case_that_fails_is_shown_and_the_mistake_named() {
        let said = said(|x| map(x, |x| x.powi(2)));
        let expected = "exercise 00_double: y is wrong\n  x = [ 3 ]\n  yours: y = [ 9 ]    right: [ 6 ]\n  It is squared.\n  \
                        chapter 0; nowhere.rs.   cargo xtask learn --hint 00";
        assert_eq!(said, expected);
    }

    /// 3 gives 9, as its square does; 2 and other numbers do not give theirs.
    #[test]
    fn a_mistake_that_fits_by_chance_is_not_named() {
        let said = said(|x| map(x, |x| if x == 3.0 { 9.0 } else { 2.0 * x }));
        assert!(said.contains("yours: y = [ 9 ]") && !said.contains("squared"), "{said}");
    }

    #[test]
    fn two_mistakes_that_fit_are_not_named() {
        let said = said(|x| map(x, |x| 3.0 * x));
        assert!(!said.contains("tripled") && !said.contains("summed"), "{said}");
    }

    #[test]
    fn nan_and_another_length_are_wrong() {
        assert!(said(|x| map(x, |_| f32::NAN)).contains("yours: y = [ NaN ]    right: [ 0 ]"));
        assert!(said(|_| vec![0.0, 0.0]).contains("Its length is 2, and should be 1."));
    }

    /// A case in which an answer panics says nothing about its mistake, and the others do.
    #[test]
    fn a_panic_is_a_mistake_with_its_case() {
        let said = said(|x| map(x, |x| if x < 0.0 { panic!("below") } else { x.sqrt() }));
        assert!(said.contains("yours: y = [ 1.41421 ]") && said.contains("It is a root."), "{said}");
        let said = super::tests::said(|x| map(x, |x| if x == 0.0 { panic!("it is 0") } else { x + 2.0 }));
        assert!(said.contains("computing y panics\n  x = [ 0 ]\n  yours panics: it is 0 ("), "{said}");
        assert!(said.contains("It is two more."), "{said}");
    }

    #[test]
    fn what_is_not_begun_says_so_and_no_more() {
        let mistake = EXERCISE.check_with(&((|_| crate::unsolved!("double it")) as Double), 7).unwrap_err();
        assert_eq!(mistake.to_string(), "exercise exercise is not solved yet: double it");
        assert!(mistake.is_unsolved() && mistake.explanation().is_none());
    }

    #[test]
    fn a_drawn_case_says_how_to_see_it_again() {
        let said = said(|x| map(x, |x| if x < 0.0 { 0.0 } else { 2.0 * x }));
        assert!(said.contains("LEARN_SEED=7 shows it again"), "{said}");
    }
}
