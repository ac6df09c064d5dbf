//! Fewer multiplications along one axis: short bilinear algorithms by Karatsuba, Toom and Cook.
//!
//! Along an axis, a convolution belongs to a sum of triples `x[i]·w[k]·y[o]`, one for each tap `k`
//! of each output `o`. In this sum, `y` is not the result but a third factor. The result is what
//! `y` is multiplied by: the derivative of the sum by `y[o]` is output `o` of the convolution. With
//! the gradient of the result as `y`, the derivatives by `x` and by `w` are the gradients of the
//! image and of the kernel. So a shorter way to write the sum is a shorter way to compute all
//! three.
//!
//! Two taps `a` and `b` that are a stride apart form a *chain* of triples, in which neighbours
//! share a `y` and an `x` in turn:
//!
//! ```text
//! x₀·a·y₀ — x₁·b·y₀ — x₁·a·y₁ — x₂·b·y₁ — x₂·a·y₂ — x₃·b·y₂ — …
//! ```
//!
//! Four links of the chain need three multiplications (Karatsuba and Ofman 1962), and six links
//! need four (Toom 1963, Cook 1966; as a convolution Winograd 1980). The additions that form the
//! sums are not counted:
//!
//! ```text
//! (x₀−x₁)·a·y₀ + 2x₁·(a+b)/2·(y₀+y₁) + (x₂−x₁)·b·y₁
//!
//! (x₀−x₂)·a·y₀ + (x₁+x₂)·(a+b)/2·(y₀+y₁+y₂) + (x₂−x₁)·(a−b)/2·(y₀−y₁+y₂) + (x₃−x₁)·b·y₂
//! ```
//!
//! In the first, the factors of `y₀` are `(x₀−x₁)·a + x₁·(a+b) = x₀·a + x₁·b`, which is output 0.
//! To derive both, read the chain as `Σ xᵢ·cᵢ`, where the `cᵢ` are the coefficients of the
//! polynomial `(y₀ + y₁t + y₂t²)·(a + bt)`. The lowest coefficient is `a·y₀` and the highest is
//! `b·y₂`. The values of the polynomial at 1 and −1 give the sums of the even and of the odd
//! coefficients. A block that starts one link later has x and y exchanged, so the same rule covers
//! it. All factors are 1, ½ and 2, so multiplying by them rounds nothing.
//!
//! Longer blocks would save more multiplications, but their larger factors would lose digits.
//!
//! ```text
//!              stride 2, kernel 3, SAME          kernel 4     stride 1, kernel 4
//!              16 → 8   14 → 7   8 → 4   7 → 4   8 → 4        7 → 4
//! triples        23       20      11      10      14           16
//! products       19       16       9       8      10           12
//! ```

use crate::Axis;
use crate::fast::sparse_map::Combination;

/// A product of three combinations.
#[derive(Clone, Debug, PartialEq)]
struct Product {
    pixels: Combination,
    taps: Combination,
    outputs: Combination,
}

/// The pixel, the tap and the output of a term of the sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Triple {
    pixel: usize,
    tap: usize,
    output: usize,
}

/// The sum along an axis, written with fewer products. Each combination is listed once, even if
/// several products use it.
#[derive(Clone, Debug, Default)]
pub(crate) struct AxisScheme {
    /// Combinations of pixels.
    pub(crate) pixels: Vec<Combination>,
    /// Combinations of taps.
    pub(crate) taps: Vec<Combination>,
    /// Combinations of outputs.
    pub(crate) outputs: Vec<Combination>,
    /// The indices of the combinations of pixels, taps and outputs that each product
    /// multiplies.
    pub(crate) products: Vec<[usize; 3]>,
}

impl AxisScheme {
    /// The sum along `axis` with one product for each triple.
    pub(crate) fn plain(axis: Axis) -> Self {
        Self::of((0..axis.kernel).flat_map(|tap| chain(axis, &[tap])).map(single))
    }

    /// The sum along `axis` with the fewest products.
    pub(crate) fn short(axis: Axis) -> Self {
        let residues = (0..axis.stride.min(axis.kernel)).map(|tap| (tap..axis.kernel).step_by(axis.stride));
        let pairs = residues.flat_map(|taps| taps.collect::<Vec<_>>().chunks(2).map(<[_]>::to_vec).collect::<Vec<_>>());
        Self::of(pairs.flat_map(|pair| products(&chain(axis, &pair))))
    }

    fn of(products: impl Iterator<Item = Product>) -> Self {
        let mut scheme = Self::default();
        for Product { pixels, taps, outputs } in products {
            let pixels = index(&mut scheme.pixels, pixels);
            let taps = index(&mut scheme.taps, taps);
            let outputs = index(&mut scheme.outputs, outputs);
            scheme.products.push([pixels, taps, outputs]);
        }
        scheme
    }
}

/// The index of `new` in `list`, which it joins at the end if it is not there yet.
fn index(list: &mut Vec<Combination>, new: Combination) -> usize {
    list.iter().position(|other| *other == new).unwrap_or_else(|| {
        list.push(new);
        list.len() - 1
    })
}

/// The triples of one tap, or of two taps that are a stride apart, in order. Padding removes links
/// only at the ends.
fn chain(axis: Axis, taps: &[usize]) -> Vec<Triple> {
    let triple = |output: usize, tap: usize| {
        let pixel = (output * axis.stride + tap).checked_sub(axis.pad.0).filter(|&pixel| pixel < axis.input)?;
        Some(Triple { pixel, tap, output })
    };
    (0..axis.output).flat_map(|o| taps.iter().filter_map(move |&k| triple(o, k))).collect()
}

/// The products of a chain. Longer blocks are used only if shorter ones need more products.
fn products(chain: &[Triple]) -> Vec<Product> {
    if chain.iter().all(|triple| triple.tap == chain[0].tap) {
        return chain.iter().copied().map(single).collect();
    }
    let links = chain.len();
    let saved = |block: usize| links / block * (block - block / 2 - 1) + links % block / 4;
    let block = if saved(6) <= saved(4) { 4 } else { 6 };
    let (blocks, rest) = chain.split_at(links / block * block);
    let (fours, singles) = rest.split_at(rest.len() / 4 * 4);
    let blocks = blocks.chunks(block).chain(fours.chunks(4)).flat_map(of_block);
    blocks.chain(singles.iter().copied().map(single)).collect()
}

fn single(Triple { pixel, tap, output }: Triple) -> Product {
    Product { pixels: vec![(pixel, 1.0)], taps: vec![(tap, 1.0)], outputs: vec![(output, 1.0)] }
}

/// Three products for a block of four links, or four for a block of six.
fn of_block(links: &[Triple]) -> Vec<Product> {
    let (a, b) = (links[0].tap, links[1].tap);
    // `u` is the side whose elements are in two links each: the outputs, or the pixels if the block
    // starts one link later. `v` is the other side.
    let u_is_output = links[0].output == links[1].output;
    let outputs = links.iter().map(|link| link.output);
    let pixels = links.iter().map(|link| link.pixel);
    let (u, v): (Vec<usize>, Vec<usize>) = match u_is_output {
        true => (outputs.collect(), pixels.collect()),
        false => (pixels.collect(), outputs.collect()),
    };
    let u: Vec<usize> = u.into_iter().step_by(2).collect();
    let v: Vec<usize> = v[..1].iter().chain(v.iter().skip(1).step_by(2)).copied().collect();
    let product = |u: &[(usize, f32)], taps: &[(usize, f32)], v: &[(usize, f32)]| {
        let (u, taps, v) = (u.to_vec(), taps.to_vec(), v.to_vec());
        match u_is_output {
            true => Product { pixels: v, taps, outputs: u },
            false => Product { pixels: u, taps, outputs: v },
        }
    };
    let (sum, difference) = ([(a, 0.5), (b, 0.5)], [(a, 0.5), (b, -0.5)]);
    match u[..] {
        [u0, u1] => vec![
            product(&[(u0, 1.0)], &[(a, 1.0)], &[(v[0], 1.0), (v[1], -1.0)]),
            product(&[(u0, 1.0), (u1, 1.0)], &sum, &[(v[1], 2.0)]),
            product(&[(u1, 1.0)], &[(b, 1.0)], &[(v[2], 1.0), (v[1], -1.0)]),
        ],
        [u0, u1, u2] => vec![
            product(&[(u0, 1.0)], &[(a, 1.0)], &[(v[0], 1.0), (v[2], -1.0)]),
            product(&[(u0, 1.0), (u1, 1.0), (u2, 1.0)], &sum, &[(v[1], 1.0), (v[2], 1.0)]),
            product(&[(u0, 1.0), (u1, -1.0), (u2, 1.0)], &difference, &[(v[2], 1.0), (v[1], -1.0)]),
            product(&[(u2, 1.0)], &[(b, 1.0)], &[(v[3], 1.0), (v[1], -1.0)]),
        ],
        _ => unreachable!("a block has four or six links, not {}", links.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    fn axes() -> Vec<Axis> {
        let same = (1..=17).flat_map(|input| (1..=5).flat_map(move |k| (1..=3).map(move |s| Axis::same(input, k, s))));
        let padded = (0..5).flat_map(|before| (0..5).map(move |after| Axis::new(6, 4, 1, (before, after))));
        same.chain(padded).chain([Axis::transposed_valid(4, 4, 1), Axis::valid(9, 2, 3)]).collect()
    }

    /// On integers, the products and the triples have exactly the same sum.
    #[test]
    fn products_are_the_sum() {
        let of = |sum: &Combination, x: &[f32]| sum.iter().map(|&(i, sign)| sign * x[i]).sum::<f32>();
        for axis in axes() {
            let (x, w, y) =
                (check::integers(1, axis.input), check::integers(2, axis.kernel), check::integers(3, axis.output));
            let triples = (0..axis.kernel).flat_map(|k| chain(axis, &[k]));
            let truth: f32 = triples.map(|t| x[t.pixel] * w[t.tap] * y[t.output]).sum();
            for scheme in [AxisScheme::plain(axis), AxisScheme::short(axis)] {
                let product = |&[i, k, o]: &[usize; 3]| {
                    of(&scheme.pixels[i], &x) * of(&scheme.taps[k], &w) * of(&scheme.outputs[o], &y)
                };
                assert_eq!(truth, scheme.products.iter().map(product).sum(), "{axis:?}");
            }
        }
    }

    #[test]
    fn as_many_as_the_table_says() {
        let same = [16, 14, 8, 7].map(|input| Axis::same(input, 3, 2));
        let axes = same.into_iter().chain([Axis::same(8, 4, 2), Axis::transposed_valid(4, 4, 1)]);
        let count = |axis| [AxisScheme::plain(axis), AxisScheme::short(axis)].map(|scheme| scheme.products.len());
        let table = [[23, 19], [20, 16], [11, 9], [10, 8], [14, 10], [16, 12]];
        assert_eq!(table.to_vec(), axes.map(count).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_is_saved_where_taps_share_nothing() {
        let axis = Axis::valid(8, 2, 2);
        assert_eq!(AxisScheme::plain(axis).products.len(), AxisScheme::short(axis).products.len());
    }
}
