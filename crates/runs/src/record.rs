//! `config.toml`: what a run computes, and a note of where it ran.
//!
//! A [`Config`] decides the bits. An [`Environment`] says where and how fast, and stands in
//! `config.toml` alone.

use std::collections::BTreeMap;
use std::path::Path;

use dcgan::config::Config;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::input::{self, MOST_CONFIG_BYTES};

/// What stands in `config.toml`.
#[derive(Serialize)]
struct Record<'a> {
    #[serde(flatten)]
    config: &'a Config,
    environment: &'a Environment,
}

/// The text of a `config.toml`.
///
/// # Panics
/// Never: a config is plain data.
#[must_use]
pub fn to_toml(config: &Config, environment: &Environment) -> String {
    toml::to_string(&Record { config, environment }).expect("a config is plain data")
}

/// Reads a `config.toml`: the config, and where its run was made, if that is in it.
///
/// # Errors
/// If it cannot be read, lacks a setting, has one that is unknown, or has a number that no run can
/// work with.
pub fn read(path: &Path) -> Result<(Config, Option<Environment>), Error> {
    parse(&input::read_text(path, MOST_CONFIG_BYTES)?).map_err(|reason| Error::file(path, reason))
}

/// Reads the text of a `config.toml`, as [`read`] does.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<(Config, Option<Environment>), String> {
    let unfit = |error: toml::de::Error| error.to_string();
    let mut table: toml::Table = toml::from_str(text).map_err(unfit)?;
    let environment = table.remove("environment").map(toml::Value::try_into).transpose().map_err(unfit)?;
    let config: Config = table.try_into().map_err(unfit)?;
    config.check().map_err(|error| error.to_string())?;
    Ok((config, environment))
}

/// A setting whose value would make other steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The setting's name in `config.toml`.
    pub setting: String,
    /// Its value in the run, if it has one.
    pub own: Option<String>,
    /// Its value in the other config.
    pub other: String,
}

/// The first setting of `other` that would make other steps than `config`.
///
/// # Panics
/// If a number is larger than [`Config::check`] allows.
#[must_use]
pub fn change(config: &Config, other: &Config) -> Option<Change> {
    let settings = |config: &Config| {
        let mut all = toml::Table::try_from(&config.model).expect("a config is plain data");
        all.extend(toml::Table::try_from(&config.training).expect("a config is plain data"));
        all.extend(toml::Table::try_from(&config.variations).expect("a config is plain data"));
        // A config with one shard does not name it, and still differs from one with two.
        all.entry("shards").or_insert(toml::Value::Integer(1));
        all
    };
    let own = settings(config);
    let other = settings(other);
    let changed = other.keys().find(|name| own.get(*name) != other.get(*name));
    let name = changed.or_else(|| own.keys().find(|name| !other.contains_key(*name)))?;
    let value = |settings: &toml::Table| settings.get(name).map(ToString::to_string);
    let off = || "off".to_owned();
    Some(Change { setting: name.clone(), own: value(&own), other: value(&other).unwrap_or_else(off) })
}

/// Where a run was made: for the record, and for the next process that goes on with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Environment {
    /// The command that made it.
    pub command: String,
    /// Version of this program.
    pub version: String,
    /// The instruction set in use; another one rounds differently.
    pub instruction_set: String,
    /// Threads that compute.
    pub threads: usize,
    /// The processor's name for itself.
    pub cpu: String,
    /// Operating system and architecture.
    pub system: String,
    /// Where the images came from.
    pub data: String,
    /// The files there that were read, and the SHA-256 of their unzipped bytes.
    pub files: BTreeMap<String, String>,
}

/// A run was made by another command, which would read its images in another way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the run was made by {own}, not by {asked}; use {own}")]
pub struct OtherCommand {
    /// The command that made the run.
    pub own: String,
    /// The command that was asked for.
    pub asked: String,
}

impl Environment {
    /// Of this process, which runs `command` on the images at `images`, read from `files`.
    #[must_use]
    pub fn here(command: &str, images: &Path, files: &BTreeMap<String, String>) -> Self {
        let path = images.canonicalize(); // so that every directory can find it
        let data = path.as_deref().unwrap_or(images).to_string_lossy().into_owned();
        Self {
            command: command.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            instruction_set: tensor::fast::isa().name().to_owned(),
            threads: rayon::current_num_threads(),
            cpu: cpu(),
            system: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
            data,
            files: files.clone(),
        }
    }

    /// Where the images came from, if it is known and still there.
    #[must_use]
    pub fn data(&self) -> Option<&Path> {
        Some(Path::new(&self.data)).filter(|path| path.exists())
    }

    /// Refuses a command that would read the images in another way.
    ///
    /// # Errors
    /// The command to use, if it is another one.
    pub fn check_command(&self, command: &str) -> Result<(), OtherCommand> {
        match &*self.command {
            "" => Ok(()),
            own if own == command => Ok(()),
            own => Err(OtherCommand { own: own.to_owned(), asked: command.to_owned() }),
        }
    }
}

/// The processor's name, where the system tells it.
fn cpu() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| "unknown".to_owned(), |(_, name)| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use dcgan::config::Data;

    #[test]
    fn a_config_that_names_no_shards_differs_from_one_with_two() {
        let [one, two] = [1, 2].map(|shards| {
            let data = Data { name: "toy".to_owned(), images: 100, sha256: String::new() };
            let mut config = Config::from_recipe(data, 28, 1, "article").unwrap();
            config.training.shards = shards;
            config
        });
        let shards = |own: &str, other: &str| {
            Some(Change { setting: "shards".to_owned(), own: Some(own.to_owned()), other: other.to_owned() })
        };
        assert_eq!(shards("2", "1"), change(&two, &one));
        assert_eq!(shards("1", "2"), change(&one, &two));
        assert_eq!(None, change(&two, &two));
    }
}
