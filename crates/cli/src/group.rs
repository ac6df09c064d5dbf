//! The processes that train together: how they find each other, agree before the first step, and
//! end together.
//!
//! Rank 0 leads. It decides what is trained, and it alone writes, samples, evaluates and prints.
//! The others [follow](crate::follow): they read their own copy of the images, and compute.
//! Without `mpirun` there is one process, which is rank 0 of a group of one.

use std::fmt;
use std::path::Path;
use std::rc::Rc;

use ranks::launch;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tensor::shards::Alone;
use tensor::{Group, Shards, fast};

use dcgan::config::Config;
use runs::Error;
use runs::record::{self, Environment};

/// The processes of this training, seen from one of them.
pub(crate) struct Ranks {
    group: Rc<dyn Group>,
    names: Vec<String>,
    #[cfg(feature = "mpi")]
    watch: Option<ranks::watch::Watch>,
    /// Leaves MPI when it is dropped.
    #[cfg(feature = "mpi")]
    universe: Option<Box<dyn std::any::Any>>,
}

/// What a rank tells the others before the first step.
#[derive(Debug, Serialize, Deserialize)]
struct Card {
    /// The SHA-256 of the program.
    program: String,
    instruction_set: String,
    /// The SHA-256 of the images.
    data: String,
    /// Why this rank cannot train.
    problem: Option<String>,
}

impl fmt::Debug for Ranks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rank {} of {}", self.group.rank(), self.group.size())
    }
}

impl Ranks {
    /// Joins the processes that a launcher has started with this one; there may be no others.
    ///
    /// # Errors
    /// If the processes cannot find each other, or this program cannot share a training.
    pub(crate) fn join() -> Result<Self, Error> {
        if launch::by_launcher() {
            return Self::join_others();
        }
        Ok(Self::alone())
    }

    fn alone() -> Self {
        Self {
            group: Rc::new(Alone),
            names: vec!["this process".to_owned()],
            #[cfg(feature = "mpi")]
            watch: None,
            #[cfg(feature = "mpi")]
            universe: None,
        }
    }

    #[cfg(not(feature = "mpi"))]
    fn join_others() -> Result<Self, Error> {
        if launch::is_one_of_several() {
            let way_out = "build it with --features mpi, as \"Several machines\" in the book says";
            return Err(Error::Usage(format!(
                "this program was built without MPI and cannot share a training; {way_out}"
            )));
        }
        Ok(Self::alone())
    }

    #[cfg(feature = "mpi")]
    fn join_others() -> Result<Self, Error> {
        let (group, universe) = ranks::transport::Mpi::join().map_err(|error| Error::Usage(error.to_owned()))?;
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = if host.trim().is_empty() { "an unnamed host" } else { host.trim() };
        let name = format!("rank {} (process {} on {host})", group.rank(), std::process::id());
        let mut this = Self { group: Rc::new(group), names: vec![], watch: None, universe: Some(Box::new(universe)) };
        this.names = this.tell_all(&name);
        if 1 < this.size() {
            let watch = ranks::watch::Watch::start(&*this.group, &this.names, crate::terminal::print_error);
            this.watch = Some(watch.map_err(Error::Usage)?);
        }
        Ok(this)
    }

    /// Whether this process leads.
    pub(crate) fn is_first(&self) -> bool {
        self.group.rank() == 0
    }

    /// How many processes there are.
    pub(crate) fn size(&self) -> usize {
        self.group.size()
    }

    /// The group itself.
    pub(crate) fn group(&self) -> Rc<dyn Group> {
        Rc::clone(&self.group)
    }

    /// How `config` cuts its batches, and who computes which parts.
    pub(crate) fn shards(&self, config: &Config) -> Shards {
        Shards::new(config.training.shards, self.group())
    }

    /// Refuses a number of shards that these ranks cannot share evenly.
    ///
    /// # Errors
    /// If there are such.
    pub(crate) fn check(&self, config: &Config) -> Result<(), Error> {
        let (ranks, shards) = (self.size(), config.training.shards);
        if shards.is_multiple_of(ranks) {
            return Ok(());
        }
        let reason = format!("{ranks} ranks cannot have equally many of {shards} shards");
        Err(Error::Usage(format!("--shards {shards}: {reason}; start as many ranks as divide the shards")))
    }

    /// What each rank says, in the order of ranks.
    fn tell_all(&self, mine: &str) -> Vec<String> {
        let hear = |rank| self.group.broadcast(rank, mine.as_bytes().to_vec());
        (0..self.size()).map(|rank| String::from_utf8_lossy(&hear(rank)).into_owned()).collect()
    }

    /// Tells the others what is trained. Rank 0 calls it.
    pub(crate) fn lead(&self, config: &Config, environment: &Environment) {
        if 1 < self.size() {
            self.group.broadcast(0, record::to_toml(config, environment).into_bytes());
        }
    }

    /// Tells the others that nothing is left to train. Rank 0 calls it.
    pub(crate) fn dismiss(&self) {
        if 1 < self.size() {
            self.group.broadcast(0, vec![]);
        }
    }

    /// Hears from rank 0 what is trained, if anything is.
    ///
    /// # Errors
    /// If it cannot be understood, as from a program of another version.
    pub(crate) fn follow(&self) -> Result<Option<(Config, Environment)>, Error> {
        let text = self.group.broadcast(0, vec![]);
        if text.is_empty() {
            return Ok(None);
        }
        let (config, environment) = record::parse(&String::from_utf8_lossy(&text))
            .map_err(|reason| Error::Usage(format!("what rank 0 says is not understood: {reason}")))?;
        Ok(Some((config, environment.unwrap_or_default())))
    }

    /// Waits until every rank is ready, and refuses one that would compute other bits or cannot
    /// compute at all. `data` is the hash of this rank's images.
    ///
    /// # Errors
    /// On every rank, if one is refused.
    pub(crate) fn agree(&self, data: Result<&str, &Error>) -> Result<(), Error> {
        if self.size() == 1 {
            return Ok(());
        }
        let card = Card {
            program: program()?,
            instruction_set: fast::isa().name().to_owned(),
            data: data.unwrap_or_default().to_owned(),
            problem: data.err().map(crate::flags::message),
        };
        let cards = self.tell_all(&serde_json::json!(card).to_string());
        let cards: Result<Vec<Card>, _> = cards.iter().map(|card| serde_json::from_str(card)).collect();
        let cards = cards.map_err(|_| Error::Usage("the ranks run different versions of this program".to_owned()))?;
        refusal(&cards, &self.names).map_or(Ok(()), |reason| Err(Error::Usage(reason)))
    }

    /// The exit code of a signal that any rank has received: all ranks hear the same.
    pub(crate) fn signal(&self, own: Option<u8>) -> Option<u8> {
        let codes = self.group.gather(vec![f64::from(own.unwrap_or(0))]);
        codes.into_iter().find(|code| 0.0 < *code).map(|code| code as u8)
    }

    /// Ends the work of this rank together with the others. Rank 0 goes on with `result`; another
    /// rank does not come back from a failure, which rank 0 explains.
    ///
    /// # Errors
    /// Those of `result`.
    pub(crate) fn finish(self, result: Result<(), Error>) -> Result<(), Error> {
        #[cfg(feature = "mpi")]
        if let Some(watch) = &self.watch {
            match &result {
                Ok(()) => self.group.barrier(),
                Err(error) if self.is_first() => {
                    watch.leave(error.exit_code());
                    std::mem::forget(self.universe); // leaving MPI would wait for the others
                    return result;
                }
                Err(error) => watch.fail(error.exit_code(), &crate::flags::message(error)),
            }
            watch.leave(0);
        }
        result
    }
}

/// The SHA-256 of this program: other bytes may compute other bits.
fn program() -> Result<String, Error> {
    let path = std::env::current_exe().unwrap_or_default();
    let bytes = std::fs::read(&path).map_err(|error| Error::file(Path::new(&path), error))?;
    Ok(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Why these ranks cannot train together: the first that differs from rank 0.
fn refusal(cards: &[Card], names: &[String]) -> Option<String> {
    let first = cards.first()?;
    for (card, name) in cards.iter().zip(names) {
        if let Some(problem) = &card.problem {
            return Some(if name == &names[0] { problem.clone() } else { format!("{name}: {problem}") });
        }
    }
    for (card, name) in cards.iter().zip(names).skip(1) {
        if card.program != first.program {
            return Some(format!(
                "{name} runs another build of this program than rank 0; copy one binary to all machines"
            ));
        }
        if card.instruction_set != first.instruction_set {
            let (own, other) = (&card.instruction_set, &first.instruction_set);
            return Some(format!(
                "{name} computes with {own} and rank 0 with {other}, which rounds differently; give all --isa"
            ));
        }
        if card.data != first.data {
            return Some(format!("{name} has other images than rank 0; copy one data set to all machines"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card() -> Card {
        Card { program: "p".to_owned(), instruction_set: "avx2".to_owned(), data: "d".to_owned(), problem: None }
    }

    #[test]
    fn a_rank_that_differs_is_named() {
        let names = ["rank 0 (a)", "rank 1 (b)", "rank 2 (c)"].map(str::to_owned);
        let said = |change: &dyn Fn(&mut Card)| {
            let mut cards = [card(), card(), card()];
            change(&mut cards[2]);
            refusal(&cards, &names)
        };
        assert_eq!(None, said(&|_| ()));
        for (change, part) in [
            (&(|card: &mut Card| card.program = "q".to_owned()) as &dyn Fn(&mut Card), "another build"),
            (&|card| card.instruction_set = "portable".to_owned(), "computes with portable and rank 0 with avx2"),
            (&|card| card.data = "e".to_owned(), "other images"),
            (&|card| card.problem = Some("x.gz: cannot be read".to_owned()), "x.gz: cannot be read"),
        ] {
            let reason = said(change).unwrap();
            assert!(reason.starts_with("rank 2 (c)") && reason.contains(part), "{reason}");
        }
    }

    #[test]
    fn one_process_needs_no_agreement() {
        let ranks = Ranks::alone();
        ranks.agree(Ok("d")).unwrap();
        assert_eq!((None, Some(143), true), (ranks.signal(None), ranks.signal(Some(143)), ranks.is_first()));
        ranks.finish(Ok(())).unwrap();
    }
}
