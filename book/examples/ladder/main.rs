//! x
fn main() {
    use book_examples::ladder::RUNGS;
    use std::time::Instant;
    use tensor::{Axis, Window, check};
    let axis = Axis::same(14, 3, 2);
    let window = Window { y: axis, x: axis };
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for pass in 0..3 {
        for rung in RUNGS {
            let n = if rung.number == 0 { 2 } else if rung.number < 2 { 16 } else { 64 };
            let e = [n, 128, 256];
            let x = check::noise(1, n * 196 * 128);
            let w = check::noise(2, 9 * 128 * 256);
            let dy = check::noise(3, n * 49 * 256);
            let (l, r) = [(&x, &w), (&w, &dy), (&x, &dy)][pass];
            let mut best = f64::MAX;
            for _ in 0..7 {
                let t = Instant::now();
                if rung.is_parallel {
                    rung.passes[pass](window, e, l, r);
                } else {
                    one.install(|| rung.passes[pass](window, e, l, r));
                }
                best = best.min(t.elapsed().as_secs_f64());
            }
            let gf = 2.0 * (n * 49 * 9 * 128 * 256) as f64 / best / 1e9;
            println!("{pass} {:16} {:9.3} ms {gf:8.2}", rung.name, best * 1e3 * 64.0 / n as f64);
        }
    }
}
