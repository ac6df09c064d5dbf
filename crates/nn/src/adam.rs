//! Adam: gradient descent that measures the step of each number in units of its gradient's own
//! size.
//!
//! A parameter is a tensor; each of its numbers `p` is treated alike and alone. Adam keeps two
//! moving averages of each number's gradient `g`: `m` of `g` and `v` of `g²`. Their quotient `m/√v`
//! is about ±1 where the gradient keeps its sign, and near 0 where the gradient is noise. A number
//! therefore moves by about the learning rate `lr` at most, whatever its gradients' size; only the
//! first one after a long silence moves it further. Both averages start at 0. After `t` steps the
//! weights in such an average sum to only `1 − βᵗ`. Dividing by it is the *bias correction*:
//!
//! ```text
//! m = β₁·m + (1 − β₁)·g          m̂ = m/(1 − β₁ᵗ)
//! v = β₂·v + (1 − β₂)·g²         v̂ = v/(1 − β₂ᵗ)
//!
//! PyTorch:     p = p − lr·m̂/(√v̂ + ε)                               Kingma and Ba, algorithm 1
//! TensorFlow:  p = p − lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε̂)         Kingma and Ba, end of section 2
//! ```
//!
//! By hand: after the first step m̂ = g and v̂ = g². With a negligible ε, each number moves by
//! exactly `lr` against the sign of its gradient, whether the gradient is 0.001 or 1,000.
//!
//! The two forms differ only in ε. PyTorch's form, multiplied out, is TensorFlow's with
//! `ε̂ = ε·√(1 − β₂ᵗ)`. For β₂ = 0.999 this is 32 times smaller at the first step and the same
//! after some thousand steps. The difference matters for gradients that are not much larger than ε,
//! for example behind a saturated tanh. In both forms, ε stands outside the root.
//!
//! # Speed
//!
//! An update reads 16 bytes per number and writes 12, for about ten operations, so it waits for
//! memory. A single sweep therefore does everything, including the check for NaN and infinity. It
//! runs over chunks of all tensors at once, because fifty biases do not deserve fifty parallel
//! loops. Each element depends only on itself, so the result depends on neither the number of
//! threads nor the instruction set. On two cores, the 3.2 million numbers of the MNIST generator
//! take about a millisecond.
//!
//! # Tests
//!
//! The update is compared with [`mod@reference`] in `f64`, which is the paper's algorithm
//! literally, with the first step by hand, and with the values of ONNX's operator `Adam`, whose
//! form is TensorFlow's.
//!
//! Source: Kingma and Ba, *Adam: a method for stochastic optimization*, ICLR 2015.

use std::fmt;

use tensor::Tensor;

use crate::Parameters;
use crate::chunks::{self, CHUNK};

/// The algorithm as loops, over `f32` or `f64`.
pub mod reference {
    use super::{AdamForm, AdamOptions};
    use tensor::Real;

    /// Step `t` = 1, 2, … at the learning rate `lr`. It updates the numbers `p` and their moments
    /// `m` and `v` with the gradients `g`.
    pub fn update<T: Real>(options: &AdamOptions, lr: f64, t: u64, p: &mut [T], m: &mut [T], v: &mut [T], g: &[T]) {
        let lr = T::of(lr);
        let epsilon = T::of(options.epsilon);
        let beta1 = T::of(options.beta1);
        let beta2 = T::of(options.beta2);
        let unbias1 = T::of(1.0 - options.beta1.powf(t as f64));
        let unbias2 = T::of(1.0 - options.beta2.powf(t as f64));
        let one = T::of(1.0);
        for i in 0..p.len() {
            m[i] = beta1 * m[i] + (one - beta1) * g[i];
            v[i] = beta2 * v[i] + (one - beta2) * g[i] * g[i];
            let step = match options.form {
                AdamForm::TensorFlow => lr * unbias2.sqrt() / unbias1 * m[i] / (v[i].sqrt() + epsilon),
                AdamForm::PyTorch => lr * (m[i] / unbias1) / ((v[i] / unbias2).sqrt() + epsilon),
            };
            p[i] = p[i] - step;
        }
    }
}

/// Where ε stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdamForm {
    /// `lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε)`: ε is added to the root of the *uncorrected* moment.
    TensorFlow,
    /// `lr·m̂/(√v̂ + ε)`: ε is added to the root of the corrected moment.
    PyTorch,
}

/// The constants of [`Adam`]. They are `f64`, because 1 − 0.999 in `f32` is wrong in the fifth
/// digit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamOptions {
    /// β₁, the share of the average of gradients that each step keeps, in [0, 1).
    pub beta1: f64,
    /// β₂, the share of the average of squares that each step keeps, in [0, 1).
    pub beta2: f64,
    /// ε keeps the quotient finite where all gradients were 0. It is positive.
    pub epsilon: f64,
    /// Where ε stands.
    pub form: AdamForm,
}

impl Default for AdamOptions {
    /// The paper's constants: 0.9, 0.999 and 1e-8, in TensorFlow's form.
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, form: AdamForm::TensorFlow }
    }
}

/// An update produced a NaN or an infinity. The parameters are unusable afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateNotFinite {
    /// The first parameter that is no longer finite, or whose second moment is no longer finite.
    pub parameter: String,
}

impl fmt::Display for UpdateNotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the update of {} is not finite", self.parameter)
    }
}

impl std::error::Error for UpdateNotFinite {}

/// The optimiser of one [`Parameters`], with its state.
///
/// The state is [`step`](Self::step), [`m`](Self::m) and [`v`](Self::v). To save the optimiser,
/// save these three. To resume, build a new optimiser and put them back. Training then continues
/// bit for bit.
#[derive(Clone, Debug)]
pub struct Adam {
    options: AdamOptions,
    /// The number of updates so far.
    pub step: u64,
    /// The moving averages of the gradients, named like the parameters.
    pub m: Parameters,
    /// The moving averages of the squared gradients, named like the parameters.
    pub v: Parameters,
}

impl Adam {
    /// An optimiser before its first step.
    ///
    /// # Panics
    /// If an option is outside its range.
    #[must_use]
    pub fn new(options: AdamOptions, parameters: &Parameters) -> Self {
        let AdamOptions { beta1, beta2, epsilon, form: _ } = options;
        assert!([beta1, beta2].iter().all(|beta| (0.0..1.0).contains(beta)), "β₁ = {beta1}, β₂ = {beta2}");
        assert!(0.0 < epsilon && epsilon.is_finite(), "ε = {epsilon}");
        Self { options, step: 0, m: parameters.zeros_like(), v: parameters.zeros_like() }
    }

    /// The constants.
    #[must_use]
    pub fn options(&self) -> &AdamOptions {
        &self.options
    }

    /// Moves `parameters` against their `gradients`, which have the same order.
    /// [`Bound::gradients`](crate::Bound::gradients) returns them in this order.
    ///
    /// `learning_rate` is about the most by which one update moves a number. It may differ from
    /// update to update, because the moments do not depend on it.
    ///
    /// The update works in place if no tape shares the tensors. The backward pass consumes its
    /// tape, so after it this is the case.
    ///
    /// # Errors
    /// If a parameter or a second moment has become NaN or infinite. (The moment becomes infinite
    /// first: `g²` overflows for a gradient of 1e20 or more, and the parameter would then silently
    /// never move again.)
    ///
    /// # Panics
    /// If the learning rate is negative or not finite, or if the gradients or the moments differ
    /// from the parameters in number or shape.
    pub fn update(
        &mut self,
        learning_rate: f64,
        parameters: &mut Parameters,
        gradients: &[Tensor],
    ) -> Result<(), UpdateNotFinite> {
        assert!(0.0 <= learning_rate && learning_rate.is_finite(), "a learning rate of {learning_rate}");
        assert_eq!(parameters.len(), gradients.len(), "adam: as many gradients as parameters");
        assert_eq!((parameters.len(), parameters.len()), (self.m.len(), self.v.len()), "adam: other parameters");
        for ((((name, p), (_, m)), (_, v)), g) in parameters.iter().zip(self.m.iter()).zip(self.v.iter()).zip(gradients)
        {
            assert!([m, v, g].iter().all(|x| x.shape() == p.shape()), "adam: {name}'s gradient has another shape");
        }

        self.step += 1;
        let rates = Rates::at(self.step, learning_rate, &self.options);
        let tensors = parameters.tensors_mut().zip(self.m.tensors_mut()).zip(self.v.tensors_mut()).zip(gradients);
        let mut chunks = Vec::new();
        for (tensor, (((p, m), v), g)) in tensors.enumerate() {
            let slices = (p.data_mut().chunks_mut(CHUNK))
                .zip(m.data_mut().chunks_mut(CHUNK))
                .zip(v.data_mut().chunks_mut(CHUNK))
                .zip(g.data().chunks(CHUNK));
            chunks.extend(slices.map(|slices| (tensor, slices)));
        }
        let broken = chunks::each(
            chunks,
            #[inline(always)]
            |(tensor, (((p, m), v), g))| {
                let is_finite = sweep(&rates, p, m, v, g);
                (!is_finite).then_some(tensor)
            },
        );
        match broken.into_iter().flatten().next().and_then(|tensor| parameters.iter().nth(tensor)) {
            Some((name, _)) => Err(UpdateNotFinite { parameter: name.to_owned() }),
            None => Ok(()),
        }
    }
}

/// The constants of one step, for both forms.
struct Rates {
    /// `lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ)`
    step: f32,
    /// `ε̂`
    epsilon: f32,
    /// `1 − β₁`
    new1: f32,
    /// `1 − β₂`
    new2: f32,
}

impl Rates {
    #[allow(clippy::cast_possible_truncation, reason = "rounded once, at the end")]
    fn at(t: u64, learning_rate: f64, options: &AdamOptions) -> Self {
        let &AdamOptions { beta1, beta2, epsilon, form } = options;
        let unbias1 = 1.0 - power(beta1, t);
        let unbias2 = 1.0 - power(beta2, t);
        let epsilon = match form {
            AdamForm::TensorFlow => epsilon,
            AdamForm::PyTorch => epsilon * unbias2.sqrt(),
        };
        Self {
            step: (learning_rate * unbias2.sqrt() / unbias1) as f32,
            epsilon: epsilon as f32,
            new1: (1.0 - beta1) as f32,
            new2: (1.0 - beta2) as f32,
        }
    }
}

/// `base` to the power of `exponent`, by squaring.
///
/// The weights depend on this number. The standard library's `powf` calls the C library, which may
/// round differently on another machine. Multiplications round the same everywhere.
fn power(base: f64, exponent: u64) -> f64 {
    let mut result = 1.0;
    let mut square = base; // becomes base to the power of 2, 4, 8, …
    let mut bits = exponent;
    while bits != 0 {
        if bits % 2 == 1 {
            result *= square;
        }
        square *= square;
        bits /= 2;
    }
    result
}

/// Performs one step of one chunk, and returns whether all of its `p` and `v` are still finite.
///
/// `m + (1 − β)·(g − m)` is an average however `1 − β` is rounded. In `β·m + (1 − β)·g` the two
/// weights are rounded separately. The average of a constant is then wrong by the rounding error
/// divided by `1 − β`, which is a thousand times as much for β₂ = 0.999.
#[inline(always)]
fn sweep(rates: &Rates, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) -> bool {
    let mut broken = false;
    for (((p, m), v), &g) in p.iter_mut().zip(m).zip(v).zip(g) {
        *m += rates.new1 * (g - *m);
        *v += rates.new2 * (g * g - *v);
        *p -= rates.step * *m / (v.sqrt() + rates.epsilon);
        broken |= !p.is_finite() | !v.is_finite(); // `|` and not `||`: a branch would prevent vectors
    }
    !broken
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensor::check;

    const FORMS: [AdamForm; 2] = [AdamForm::TensorFlow, AdamForm::PyTorch];

    fn store(tensors: &[&[f32]]) -> Parameters {
        let mut parameters = Parameters::new();
        for (i, tensor) in tensors.iter().enumerate() {
            parameters.add(format!("p{i}"), Tensor::new(&[tensor.len()], tensor.to_vec()));
        }
        parameters
    }

    fn bits(parameters: &Parameters) -> Vec<u32> {
        parameters.iter().flat_map(|(_, tensor)| tensor.data().iter().map(|x| x.to_bits())).collect()
    }

    /// Gradients of very different sizes, most of them within reach of ε.
    fn gradients(step: u64, len: usize) -> Vec<f32> {
        check::noise(100 + step, len).iter().enumerate().map(|(i, x)| x * 10f32.powi(-(i as i32 % 4))).collect()
    }

    /// Five steps are compared with the reference in f64. β₁ and β₂ differ, and ε is large enough
    /// to show where it stands.
    #[test]
    fn five_steps_are_the_reference() {
        for form in FORMS {
            for len in (1..=67).chain([CHUNK - 1, CHUNK + 1, 2 * CHUNK + 3]) {
                let options = AdamOptions { beta1: 0.4, beta2: 0.95, epsilon: 0.03, form };
                let start = check::noise(1, len);
                let mut parameters = store(&[&start]);
                let mut adam = Adam::new(options, &parameters);
                let (mut p, mut m, mut v) = (check::to_f64(&start), vec![0.0; len], vec![0.0; len]);
                for t in 1..=5 {
                    let g = gradients(t, len);
                    adam.update(0.01, &mut parameters, &[Tensor::new(&[len], g.clone())]).expect("finite");
                    reference::update(&options, 0.01, t, &mut p, &mut m, &mut v, &check::to_f64(&g));
                }
                // The bound is a few roundings of the value and of a step of size lr.
                let close = |fast: &Parameters, truth: &[f64], unit: f64| {
                    for (fast, truth) in fast.get("p0").expect("it is there").data().iter().zip(truth) {
                        let tolerance = check::UNIT_ROUNDOFF * (8.0 * truth.abs() + 30.0 * unit);
                        let error = (f64::from(*fast) - truth).abs();
                        assert!(error <= tolerance, "{form:?}: {fast} is not {truth} within {tolerance:e}");
                    }
                };
                close(&parameters, &p, 0.01);
                close(&adam.m, &m, 1.0);
                close(&adam.v, &v, 0.0);
                assert_eq!(5, adam.step);
            }
        }
    }

    #[test]
    fn a_power_is_the_product_of_its_factors() {
        assert_eq!([1.0, 3.0, 9.0, 27.0, 59049.0], [0, 1, 2, 3, 10].map(|t| power(3.0, t)));
        assert_eq!(0.0, power(0.4, 1_000_000));
        for beta in [0.4_f64, 0.5, 0.9, 0.999] {
            for t in (1..3000).step_by(7) {
                let expected = beta.powf(t as f64);
                // There are as many roundings as factors of the result and of the square; each
                // squaring doubles them.
                let bound = 2.0 * t as f64 * f64::EPSILON * expected;
                assert!((power(beta, t) - expected).abs() <= bound + f64::MIN_POSITIVE, "{beta} to the {t}");
            }
        }
    }

    /// With a negligible ε, the first step is `lr` against the sign of the gradient, whatever its
    /// size.
    #[test]
    fn the_first_step_is_the_learning_rate() {
        let g = [1e3, 1.0, 1e-3, -1e-3, -1.0, -1e3];
        for form in FORMS {
            let options = AdamOptions { beta1: 0.4, epsilon: 1e-12, form, ..AdamOptions::default() };
            let mut parameters = store(&[&[1.0; 6]]);
            let mut adam = Adam::new(options, &parameters);
            adam.update(0.125, &mut parameters, &[Tensor::new(&[6], g.to_vec())]).expect("finite");
            for (p, g) in parameters.get("p0").expect("it is there").data().iter().zip(g) {
                assert!((p - (1.0 - 0.125 * g.signum())).abs() <= 1e-6, "{form:?}: {p} after a gradient of {g}");
            }
        }
    }

    /// Under a constant gradient, each step equals the current learning rate, whatever the rate was
    /// before.
    #[test]
    fn a_schedule_changes_the_step_and_nothing_else() {
        let options = AdamOptions { beta1: 0.5, beta2: 0.5, ..AdamOptions::default() };
        let mut parameters = store(&[&[0.0]]);
        let mut adam = Adam::new(options, &parameters);
        let mut p = 0.0;
        for rate in [0.5, 0.0, 0.25] {
            adam.update(rate, &mut parameters, &[Tensor::new(&[1], vec![-1.0])]).expect("finite");
            p += rate as f32;
            let found = parameters.get("p0").expect("it is there").data()[0];
            assert!((found - p).abs() <= 1e-6, "{found}, not {p}");
        }
        assert_eq!(3, adam.step);
    }

    /// The values by hand, for g = 1, β₂ = 0.75, ε = 1, lr = 1 at t = 1: v = 1/4, √v = 1/2, v̂ = 1.
    #[test]
    fn epsilon_stands_outside_of_the_root_and_the_forms_differ() {
        // TensorFlow: √(1/4)·1/(1/2 + 1) = 1/3; PyTorch: 1/(1 + 1) = 1/2. (An ε inside the roots
        // would give 1/√5 and 1/√2.)
        for (form, step) in [(AdamForm::TensorFlow, 1.0 / 3.0), (AdamForm::PyTorch, 0.5)] {
            let options = AdamOptions { beta1: 0.5, beta2: 0.75, epsilon: 1.0, form };
            let mut parameters = store(&[&[0.0]]);
            Adam::new(options, &parameters)
                .update(1.0, &mut parameters, &[Tensor::new(&[1], vec![1.0])])
                .expect("finite");
            let p = parameters.get("p0").expect("it is there").data()[0];
            assert!((p + step).abs() <= 1e-6, "{form:?}: {p}, not −{step}");
        }
    }

    /// `test_adam_multiple` of ONNX's operator suite (Apache-2.0), from the package onnx.
    ///
    /// ONNX regularises the gradient (`g + l2·x`, l2 = 0.001), so the test passes the regularised
    /// gradient. It applies no bias correction at T = 0, so the test uses a learning rate of
    /// `lr·(1 − β₁)/√(1 − β₂)`, which cancels the correction at our t = 1. Its ε of 0.01 is large.
    #[test]
    fn onnx_agrees() {
        let (beta1, beta2, lr, l2) = (0.95f64, 0.85f64, 0.1f64, 0.001f32);
        let mut parameters = store(&[&[1.0], &[1.0, 2.0]]);
        let gradients: Vec<_> = (parameters.iter().zip([vec![-1.0], vec![-1.0, -3.0]]))
            .map(|((_, x), g)| {
                let regularised: Vec<f32> = x.data().iter().zip(g).map(|(x, g)| g + l2 * x).collect();
                Tensor::new(x.shape(), regularised)
            })
            .collect();
        let options = AdamOptions { beta1, beta2, epsilon: 0.01, form: AdamForm::TensorFlow };
        let mut adam = Adam::new(options, &parameters);
        (adam.m, adam.v) = (store(&[&[2.0], &[4.0, 1.0]]), store(&[&[0.5], &[1.0, 10.0]]));
        adam.update(lr * (1.0 - beta1) / (1.0 - beta2).sqrt(), &mut parameters, &gradients).expect("finite");

        let close = |found: &Parameters, expected: [f32; 3]| {
            let found: Vec<f32> = found.iter().flat_map(|(_, x)| x.data().to_vec()).collect();
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{found}, not {expected}");
            }
        };
        close(&parameters, [0.759_136_26, 0.628_652_8, 1.974_585_3]);
        close(&adam.m, [1.850_05, 3.750_05, 0.800_1]);
        close(&adam.v, [0.574_700_2, 0.999_700_2, 9.848_201]);
    }

    #[test]
    fn a_restored_state_continues_bit_for_bit() {
        let options = AdamOptions { beta1: 0.4, ..AdamOptions::default() };
        let lens = [3, 2 * CHUNK + 5];
        let step = |adam: &mut Adam, parameters: &mut Parameters, t: u64| {
            let gradients = lens.map(|len| Tensor::new(&[len], gradients(t, len)));
            adam.update(1e-3, parameters, &gradients).expect("finite");
        };
        let mut parameters = store(&[&check::noise(1, lens[0]), &check::noise(2, lens[1])]);
        let mut adam = Adam::new(options, &parameters);
        for t in 1..=3 {
            step(&mut adam, &mut parameters, t);
        }

        let mut restored_parameters = store(&[&[0.0; 3], &vec![0.0; lens[1]]]);
        let mut restored = Adam::new(options, &restored_parameters);
        restored.step = adam.step;
        for (to, from) in
            [(&mut restored_parameters, &parameters), (&mut restored.m, &adam.m), (&mut restored.v, &adam.v)]
        {
            for (name, tensor) in from.iter() {
                to.set(name, tensor.clone());
            }
        }
        for t in 4..=6 {
            step(&mut adam, &mut parameters, t);
            step(&mut restored, &mut restored_parameters, t);
        }
        assert_eq!(bits(&parameters), bits(&restored_parameters));
        assert_eq!((bits(&adam.m), bits(&adam.v)), (bits(&restored.m), bits(&restored.v)));
    }

    /// The update changes the parameter in place, unless a tape still shares it.
    #[test]
    fn nothing_is_copied_unless_it_is_shared() {
        let mut parameters = store(&[&[1.0; 10]]);
        let gradients = [Tensor::new(&[10], vec![1.0; 10])];
        let mut adam = Adam::new(AdamOptions::default(), &parameters);
        let address = |parameters: &Parameters| parameters.get("p0").expect("it is there").data().as_ptr();

        let before = [&parameters, &adam.m, &adam.v].map(address);
        adam.update(1e-3, &mut parameters, &gradients).expect("finite");
        assert_eq!(before, [&parameters, &adam.m, &adam.v].map(address));

        let shared = parameters.clone();
        let seen = bits(&shared);
        adam.update(1e-3, &mut parameters, &gradients).expect("finite");
        assert_eq!(seen, bits(&shared));
        assert_ne!(seen, bits(&parameters));
    }

    #[test]
    fn what_is_not_finite_is_named() {
        for (bad, place) in [(f32::NAN, 0), (f32::INFINITY, CHUNK), (f32::NEG_INFINITY, 2 * CHUNK + 2), (1e20, 1)] {
            let zeros = vec![0.0; 2 * CHUNK + 3];
            let mut parameters = store(&[&[0.0], &zeros, &zeros]);
            let mut adam = Adam::new(AdamOptions::default(), &parameters);
            let mut gradients: Vec<_> = parameters.zeros_like().iter().map(|(_, tensor)| tensor.clone()).collect();
            adam.update(1e-3, &mut parameters, &gradients).expect("gradients of zero are finite");
            gradients[2].data_mut()[place] = bad;
            gradients[1].data_mut()[place] = bad;
            let error = adam.update(1e-3, &mut parameters, &gradients).expect_err("not finite");
            assert_eq!("the update of p1 is not finite", error.to_string(), "{bad} at {place}");
        }
        let mut parameters = store(&[&[0.0], &[1.0, f32::INFINITY]]);
        let mut adam = Adam::new(AdamOptions::default(), &parameters);
        let error = adam.update(1e-3, &mut parameters, &[Tensor::zeros(&[1]), Tensor::zeros(&[2])]);
        assert_eq!(Err(UpdateNotFinite { parameter: "p1".to_owned() }), error);
    }

    #[test]
    #[should_panic(expected = "p1's gradient has another shape")]
    fn a_misshapen_gradient_is_refused() {
        let mut parameters = store(&[&[0.0], &[0.0; 2]]);
        let mut adam = Adam::new(AdamOptions::default(), &parameters);
        let _ = adam.update(1e-3, &mut parameters, &[Tensor::zeros(&[1]), Tensor::zeros(&[2, 1])]);
    }

    #[test]
    #[should_panic(expected = "β₁ = 0.4, β₂ = 1")]
    fn an_average_that_never_changes_is_refused() {
        let _ = Adam::new(AdamOptions { beta1: 0.4, beta2: 1.0, ..AdamOptions::default() }, &Parameters::new());
    }
}
