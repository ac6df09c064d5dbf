//! Every wrong answer is refused, with its own name and no other's.

use std::fs;

use exercises::checks::refusals;

#[test]
fn every_wrong_answer_is_refused_and_named() {
    for refusal in refusals() {
        let whose = format!("{}, {}", refusal.exercise, refusal.wrong);
        let Err(mistake) = refusal.verdict else {
            panic!("{whose} passes");
        };
        let said = mistake.to_string();
        assert!(said.contains(refusal.words), "{whose} is not named `{}`:\n{said}", refusal.words);
        for other in refusal.others {
            assert!(!said.contains(other), "{whose} is named `{other}` too:\n{said}");
        }
    }
}

#[test]
fn every_exercise_has_three_wrong_answers() {
    let info: toml::Table = fs::read_to_string("info.toml").unwrap().parse().unwrap();
    let refusals = refusals();
    for exercise in info["exercises"].as_array().unwrap() {
        let name = exercise["name"].as_str().unwrap();
        let count = refusals.iter().filter(|refusal| refusal.exercise == name).count();
        assert!(3 <= count, "{name} has {count} wrong answers");
    }
}
