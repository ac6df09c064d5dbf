//! Every rung computes the same sum: exactly on integers, with the same bits on any threads.
#![forbid(unsafe_code)]

use book_examples::ladder::{Pass, RUNGS};
use tensor::ops::conv2d::reference;
use tensor::{Axis, Window, check};

/// Windows that are not square, with the lopsided padding of SAME on either side, and channels that
/// fill no tile.
fn cases() -> Vec<(Window, [usize; 3])> {
    vec![
        (Window { down: Axis::same(14, 3, 2), across: Axis::same(7, 3, 2) }, [2, 8, 16]),
        (Window { down: Axis::same(7, 3, 2), across: Axis::same(6, 4, 1) }, [3, 33, 65]),
        (Window { down: Axis::valid(4, 4, 1), across: Axis::valid(9, 2, 3) }, [2, 5, 70]),
        (Window { down: Axis::new(5, 3, 1, (2, 0)), across: Axis::new(4, 2, 1, (0, 3)) }, [1, 16, 64]),
        (Window { down: Axis::new(1, 5, 2, (4, 4)), across: Axis::valid(1, 1, 1) }, [4, 3, 2]),
        (Window { down: Axis::same(9, 3, 2), across: Axis::same(8, 3, 2) }, [1, 64, 66]),
    ]
}

/// Calls `visit` with each case, pass by pass: the pass of each rung, both operands, and the truth.
fn each(visit: impl Fn(Window, [usize; 3], usize, &[f32], &[f32], Vec<f32>)) {
    for (window, extents) in cases() {
        let [n, ci, co] = extents;
        let x = check::integers(1, n * window.input_pixels() * ci);
        let w = check::integers(2, window.kernel_taps() * ci * co);
        let dy = check::integers(3, n * window.output_pixels() * co);
        visit(window, extents, 0, &x, &w, reference::forward(window, extents, &x, &w));
        visit(window, extents, 1, &w, &dy, reference::input_gradient(window, extents, &w, &dy));
        visit(window, extents, 2, &x, &dy, reference::kernel_gradient(window, extents, &x, &dy));
    }
}

#[test]
fn each_rung_is_exact_on_integers() {
    each(|window, extents, pass, left, right, truth| {
        for rung in RUNGS {
            let compute: Pass = rung.passes[pass];
            check::exact(&compute(window, extents, left, right), &truth);
        }
    });
}

#[test]
fn each_rung_has_the_same_bits_on_any_threads() {
    let (window, extents @ [n, ci, co]) = cases()[1];
    let x = check::noise(1, n * window.input_pixels() * ci);
    let w = check::noise(2, window.kernel_taps() * ci * co);
    let dy = check::noise(3, n * window.output_pixels() * co);
    for rung in RUNGS {
        for (compute, [left, right]) in rung.passes.into_iter().zip([[&x, &w], [&w, &dy], [&x, &dy]]) {
            check::same_on_any_threads(|| compute(window, extents, left, right).to_vec());
        }
    }
}

#[test]
fn the_rungs_are_numbered_from_the_bottom() {
    assert!(RUNGS.iter().enumerate().all(|(number, rung)| number == rung.number));
}

/// The program times every rung, and its record says where and when.
#[test]
fn the_program_makes_a_record() {
    let program = std::process::Command::new(env!("CARGO_BIN_EXE_ladder"))
        .args(["--direction", "dx", "--rounds", "1", "--json"])
        .output()
        .expect("it can be started");
    assert!(program.status.success(), "{}", String::from_utf8_lossy(&program.stderr));
    let record: serde_json::Value = serde_json::from_slice(&program.stdout).expect("it is JSON");
    assert!(record["date"].is_string() && record["commit"].is_string() && record["cpu"].is_string());
    let climb = &record["climbs"][0];
    assert_eq!("dx", climb["direction"]);
    let rungs = climb["rungs"].as_array().expect("a list");
    assert_eq!(RUNGS.len(), rungs.len());
    assert!(rungs.iter().all(|rung| 0.0 < rung["ms"].as_f64().expect("a number")));
}
