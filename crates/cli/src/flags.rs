//! Settings as flags. The crates below call a setting by its name in `config.toml`; a user knows it
//! by its flag.

use runs::Error;
use runs::record::Change;

/// The flag that sets a setting.
pub(crate) fn flag(setting: &str) -> String {
    match setting {
        "learning_rate" => "--lr".to_owned(),
        "kind" => "--model".to_owned(),
        "channels" | "beta2" | "epsilon" | "real_label" | "real_weight" | "sample_columns" => setting.to_owned(),
        _ => format!("--{}", setting.replace('_', "-")),
    }
}

/// The line that says what went wrong and what to do about it.
pub(crate) fn message(error: &Error) -> String {
    let text = plain_message(error);
    match error {
        // What a config.toml lacks or has is called as in the file.
        Error::File { path, .. } if path.extension().is_some_and(|ending| ending == "toml") => text,
        _ => with_flags(&text),
    }
}

/// Replaces each setting that `text` quotes, such as `` `learning_rate` ``, by the flag that sets
/// it.
pub(crate) fn with_flags(text: &str) -> String {
    let is_setting = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let mut parts = text.split('`');
    let mut out = parts.next().unwrap_or_default().to_owned();
    while let Some(quoted) = parts.next() {
        match parts.next() {
            Some(rest) if is_setting(quoted) => out += &(flag(quoted) + rest),
            Some(rest) => out += &format!("`{quoted}`{rest}"),
            None => out += &format!("`{quoted}"),
        }
    }
    out
}

fn plain_message(error: &Error) -> String {
    match error {
        Error::Gan(dcgan::Error::Setting { setting, reason }) => format!("{} {reason}", flag(setting)),
        Error::Gan(dcgan::Error::NotFinite { .. }) => {
            format!("{error}; what was saved stays as it was; start anew with a lower --lr or another --seed")
        }
        Error::Judge(judge::Error::NotFinite { .. }) => format!("{error}; no judge was written; try another --seed"),
        _ => error.to_string(),
    }
}

/// Why a run cannot go on with another value of a setting.
pub(crate) fn refusal(change: &Change) -> String {
    let own = change.own.as_ref().map_or_else(String::new, |own| format!(" was started with {own}, and"));
    let flag = flag(&change.setting);
    format!(
        "{flag} {}: the run{own} would no longer make the same steps; leave the flag out, or start a new run",
        change.other
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_setting_becomes_a_flag() {
        let cases = [
            ("try a lower `learning_rate` or another `seed`", "try a lower --lr or another --seed"),
            ("a `Quoted Word` and one ` alone", "a `Quoted Word` and one ` alone"),
            ("`data`", "--data"),
        ];
        for (text, expected) in cases {
            assert_eq!(expected, with_flags(text));
        }
    }

    #[test]
    fn a_file_of_settings_calls_them_by_its_own_names() {
        let reason = "missing field `batch_size` in `training`";
        let error = |name: &str| Error::file(std::path::Path::new(name), reason);
        assert_eq!(format!("config.toml: {reason}"), message(&error("config.toml")));
        assert!(message(&error("run")).contains("--batch-size"));
    }

    #[test]
    fn a_setting_is_called_by_its_flag() {
        for (setting, words) in [
            ("learning_rate", "--lr must be a number above 0"),
            ("batch_size", "--batch-size must be a number above 0"),
            ("beta2", "beta2 must be a number above 0"),
        ] {
            let error = dcgan::Error::Setting { setting, reason: "must be a number above 0".to_owned() };
            assert_eq!(words, message(&error.into()));
        }
    }
}
