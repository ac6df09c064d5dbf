//! Each operator of a case, expressed by the engine.

use nn::{Adam, AdamForm, AdamOptions, Parameters, RunningStatistics};
use tensor::{Axis, Grads, Tape, Tensor, Var, Window, ops::dropout};

use super::cases::{Case, Inputs, Output};
use super::layout::{channels_first, channels_last, kernel, kernel_back};
use super::outcome::{Outcome, malformed, skip};

/// The outputs of a case.
pub(crate) fn run(case: &Case, inputs: &Inputs) -> Outcome<Vec<Output>> {
    match case.op.as_str() {
        "conv2d" | "conv2d_fb" | "conv_transpose2d" | "conv_transpose2d_fb" => convolution(case, inputs),
        "gemm" => gemm(case, inputs),
        "matmul" => matmul(inputs),
        "batchnorm_eval" => batch_norm_eval(case, inputs),
        "batchnorm_train" | "batchnorm_train_fb" => batch_norm_train(case, inputs),
        "relu" | "relu_fb" => activation(inputs, |tape, x| tape.relu(x)),
        "leakyrelu" | "leakyrelu_fb" => {
            let slope = case.number("slope")? as f32;
            activation(inputs, |tape, x| tape.leaky_relu(slope, x))
        }
        "sigmoid" | "sigmoid_fb" => activation(inputs, |tape, x| tape.sigmoid(x)),
        "tanh" | "tanh_fb" => activation(inputs, |tape, x| tape.tanh(x)),
        "softplus" | "softplus_fb" => activation(inputs, |tape, x| tape.softplus(x)),
        "dropout" => run_dropout(case, inputs),
        "bce_with_logits_fb" => cross_entropy(case, inputs),
        "adam_5steps" => adam(case, inputs),
        other => skip(format!("unknown op: {other}")),
    }
}

/// The gradients of `y` for the upstream gradient `dy`, which must have its shape.
fn gradients(tape: Tape, y: Var, dy: Tensor) -> Outcome<Grads> {
    let shape = tape.value(y).shape().to_vec();
    if dy.shape() != shape {
        return malformed(format!("dy has the shape {:?}, y {shape:?}", dy.shape()));
    }
    Ok(tape.backward(y, dy))
}

/// The extents of a tensor of rank `N`.
fn extents<const N: usize>(name: &str, x: &Tensor) -> Outcome<[usize; N]> {
    match x.shape().try_into() {
        Ok(extents) => Ok(extents),
        Err(_) => malformed(format!("{name} has the shape {:?}, where {N} axes are wanted", x.shape())),
    }
}

/// Refuses a vector that does not have one element per channel.
fn per_channel(name: &str, vector: &Tensor, channels: usize) -> Outcome<()> {
    let [length] = extents(name, vector)?;
    if length == channels { Ok(()) } else { malformed(format!("{name} has {length} elements for {channels} channels")) }
}

fn activation(inputs: &Inputs, apply: impl Fn(&mut Tape, Var) -> Var) -> Outcome<Vec<Output>> {
    let mut tape = Tape::new();
    let x = tape.leaf(inputs.get("x")?);
    let y = apply(&mut tape, x);
    let mut outputs = vec![Output::new("y", tape.value(y))];
    if let Some(dy) = inputs.optional("dy") {
        outputs.push(Output::new("dx", gradients(tape, y, dy)?.take(x)));
    }
    Ok(outputs)
}

fn convolution(case: &Case, inputs: &Inputs) -> Outcome<Vec<Output>> {
    let transposed = case.op.starts_with("conv_transpose2d");
    if case.count("groups")? != 1 {
        return skip("grouped convolution");
    }
    if case.pair("dilation")? != [1, 1] {
        return skip("dilated convolution");
    }
    let (x, w, b) = (inputs.get("x")?, inputs.get("w")?, inputs.optional("b"));
    let [batch, channels, height, width] = extents("x", &x)?;
    // OIHW, but of a transposed convolution IOHW.
    let [o, i, kh, kw] = extents("w", &w)?;
    let (fed, made) = if transposed { (o, i) } else { (i, o) };
    if fed != channels {
        return malformed(format!("w is for {fed} channels, x has {channels}"));
    }
    if let Some(b) = &b {
        per_channel("b", b, made)?;
    }
    let ([stride_y, stride_x], [pad_y, pad_x]) = (case.pair("stride")?, case.pads()?);
    let window = if transposed {
        let [extra_y, extra_x] = case.pair("output_padding")?;
        Window {
            down: transposed_axis(height, kh, stride_y, pad_y, extra_y)?,
            across: transposed_axis(width, kw, stride_x, pad_x, extra_x)?,
        }
    } else {
        Window { down: axis(height, kh, stride_y, pad_y)?, across: axis(width, kw, stride_x, pad_x)? }
    };
    let [oh, ow] =
        if transposed { [window.down.input, window.across.input] } else { [window.down.output, window.across.output] };
    refuse_large_result([batch, oh, ow, made])?;

    let mut tape = Tape::new();
    let (x, w) = (tape.leaf(channels_last(&x)), tape.leaf(kernel(&w)));
    let b = b.map(|b| tape.leaf(b));
    let y = if transposed { tape.conv_transpose2d(window, x, w, b) } else { tape.conv2d(window, x, w, b) };
    let mut outputs = vec![Output::new("y", channels_first(&tape.value(y)))];
    if let Some(dy) = inputs.optional("dy") {
        extents::<4>("dy", &dy)?;
        let mut grads = gradients(tape, y, channels_last(&dy))?;
        outputs.push(Output::new("dx", channels_first(&grads.take(x))));
        outputs.push(Output::new("dw", kernel_back(&grads.take(w))));
        outputs.extend(b.map(|b| Output::new("db", grads.take(b))));
    }
    Ok(outputs)
}

/// The largest extent that is accepted. No case needs more, and no sum or product of two of them
/// overflows.
const LARGEST: usize = 1 << 16;

fn refuse_large(numbers: &[usize]) -> Outcome<()> {
    match numbers.iter().find(|&&number| LARGEST < number) {
        Some(number) => malformed(format!("an extent, stride or padding of {number}; {LARGEST} is the most")),
        None => Ok(()),
    }
}

fn axis(input: usize, kernel: usize, stride: usize, pad: (usize, usize)) -> Outcome<Axis> {
    refuse_large(&[input, kernel, stride, pad.0, pad.1])?;
    if kernel == 0 || stride == 0 || input + pad.0 + pad.1 < kernel {
        return malformed(format!("a kernel of {kernel} and stride {stride} on {input} pixels padded by {pad:?}"));
    }
    Ok(Axis::new(input, kernel, stride, pad))
}

fn transposed_axis(output: usize, kernel: usize, stride: usize, pad: (usize, usize), extra: usize) -> Outcome<Axis> {
    refuse_large(&[output, kernel, stride, pad.0, pad.1, extra])?;
    if output == 0 || kernel == 0 || stride == 0 {
        return malformed(format!("a kernel of {kernel} and stride {stride} from {output} pixels"));
    }
    if stride <= extra {
        return skip("an output padding as large as the stride");
    }
    if (output - 1) * stride + kernel + extra <= pad.0 + pad.1 {
        return malformed(format!("the padding {pad:?} crops everything"));
    }
    Ok(Axis::transposed(output, kernel, stride, pad, extra))
}

/// Refuses a result of more numbers than any case needs.
fn refuse_large_result(extents: [usize; 4]) -> Outcome<()> {
    match extents.iter().try_fold(1_usize, |product, &extent| product.checked_mul(extent)) {
        Some(numbers) if numbers <= MOST_NUMBERS => Ok(()),
        _ => malformed(format!("a result of the shape {extents:?}; {MOST_NUMBERS} numbers are the most")),
    }
}

/// A result may have this many numbers: 256 MB.
const MOST_NUMBERS: usize = 1 << 26;

fn gemm(case: &Case, inputs: &Inputs) -> Outcome<Vec<Output>> {
    let (alpha, beta) = (case.number("alpha")? as f32, case.number("beta")? as f32);
    let (trans_a, trans_b) = (case.flag("trans_a")?, case.flag("trans_b")?);
    let mut tape = Tape::new();
    let y = product(&mut tape, inputs, trans_a, trans_b)?;
    let y = tape.scale(y, alpha);
    let Some(c) = inputs.optional("c") else { return Ok(vec![Output::new("y", tape.value(y))]) };
    let [m, n] = tape.value(y).dims();
    let c = tape.constant(broadcast(&c, m, n)?);
    let c = tape.scale(c, beta);
    let y = tape.add(y, c);
    Ok(vec![Output::new("y", tape.value(y))])
}

/// `c`, whose axes are missing, 1 or full, as a matrix.
fn broadcast(c: &Tensor, m: usize, n: usize) -> Outcome<Tensor> {
    let (rows, columns) = match *c.shape() {
        [] => (1, 1),
        [columns] => (1, columns),
        [rows, columns] => (rows, columns),
        _ => return malformed(format!("c has the shape {:?}", c.shape())),
    };
    if (rows != 1 && rows != m) || (columns != 1 && columns != n) {
        return malformed(format!("c has the shape {:?}, the product {m}×{n}", c.shape()));
    }
    let at = |i: usize| c.data()[i / n % rows * columns + i % n % columns];
    Ok(Tensor::new(&[m, n], (0..m * n).map(at).collect::<Vec<_>>()))
}

fn matmul(inputs: &Inputs) -> Outcome<Vec<Output>> {
    let rank = |name| inputs.get(name).map(|x| x.shape().len());
    if (rank("a")?, rank("b")?) != (2, 2) {
        return skip("a product of other than two matrices (batched, or with a vector)");
    }
    let mut tape = Tape::new();
    let y = product(&mut tape, inputs, false, false)?;
    Ok(vec![Output::new("y", tape.value(y))])
}

fn product(tape: &mut Tape, inputs: &Inputs, trans_a: bool, trans_b: bool) -> Outcome<Var> {
    let (a, b) = (inputs.get("a")?, inputs.get("b")?);
    let ([a_rows, a_columns], [b_rows, b_columns]) = (extents("a", &a)?, extents("b", &b)?);
    let inner = if trans_a { a_rows } else { a_columns };
    if inner != if trans_b { b_columns } else { b_rows } {
        return malformed(format!("the shapes {:?} and {:?} do not multiply", a.shape(), b.shape()));
    }
    let (a, b) = (tape.constant(a), tape.constant(b));
    Ok(tape.matmul(a, trans_a, b, trans_b))
}

/// `x` with its channels last, and the vectors of a batch norm in the order scale, bias, mean, var.
fn normalised(inputs: &Inputs) -> Outcome<(Tensor, [Tensor; 4])> {
    let x = inputs.get("x")?;
    let &[_, channels, ..] = x.shape() else {
        return malformed(format!("x has the shape {:?}, without channels", x.shape()));
    };
    let names = ["scale", "bias", "mean", "var"];
    let vectors = [inputs.get(names[0])?, inputs.get(names[1])?, inputs.get(names[2])?, inputs.get(names[3])?];
    for (name, vector) in names.iter().zip(&vectors) {
        per_channel(name, vector, channels)?;
    }
    Ok((channels_last(&x), vectors))
}

fn batch_norm_eval(case: &Case, inputs: &Inputs) -> Outcome<Vec<Output>> {
    let epsilon = case.number("eps")? as f32;
    let (x, [scale, bias, mean, var]) = normalised(inputs)?;
    let mut tape = Tape::new();
    let (x, scale, bias) = (tape.constant(x), tape.constant(scale), tape.constant(bias));
    let y = tape.norm_act_inference((epsilon, 1.0), x, scale, bias, mean.data(), var.data());
    Ok(vec![Output::new("y", channels_first(&tape.value(y)))])
}

fn batch_norm_train(case: &Case, inputs: &Inputs) -> Outcome<Vec<Output>> {
    let epsilon = case.number("eps")? as f32;
    // Our momentum is the weight of the old value.
    let momentum = match case.op.as_str() {
        "batchnorm_train" => case.number("onnx_momentum")?,
        _ => 1.0 - case.number("momentum")?,
    };
    let unbiased = match case.text("running_var")?.as_str() {
        "population" => false,
        "unbiased" => true,
        other => return malformed(format!("a running variance of the kind {other}")),
    };
    let (x, [scale, bias, mean, variance]) = normalised(inputs)?;
    let rows = x.data().len() / scale.data().len();
    if unbiased && rows < 2 {
        return malformed("the unbiased variance of one value");
    }
    let mut tape = Tape::new();
    let (x, scale, bias) = (tape.leaf(x), tape.leaf(scale), tape.leaf(bias));
    let (y, mut batch) = tape.batch_norm(epsilon, x, scale, bias);
    if unbiased {
        for variance in batch.variance.iter_mut() {
            *variance *= rows as f32 / (rows - 1) as f32;
        }
    }
    let mut running = RunningStatistics { mean, variance };
    running.update(momentum, &batch);
    let mut outputs = vec![
        Output::new("y", channels_first(&tape.value(y))),
        Output::new("mean", running.mean),
        Output::new("var", running.variance),
    ];
    if let Some(dy) = inputs.optional("dy") {
        if dy.shape().len() < 2 {
            return malformed(format!("dy has the shape {:?}, without channels", dy.shape()));
        }
        let mut grads = gradients(tape, y, channels_last(&dy))?;
        outputs.push(Output::new("dx", channels_first(&grads.take(x))));
        outputs.push(Output::new("dscale", grads.take(scale)));
        outputs.push(Output::new("dbias", grads.take(bias)));
    }
    Ok(outputs)
}

fn run_dropout(case: &Case, inputs: &Inputs) -> Outcome<Vec<Output>> {
    let x = inputs.get("x")?;
    let ratio = case.number("ratio")?;
    if !case.flag("training")? || ratio == 0.0 {
        return Ok(vec![Output::new("y", x.clone()), Output::full_mask("mask", x.shape())]);
    }
    if !(0.0..1.0).contains(&ratio) {
        return skip(format!("dropout with a ratio of {ratio}"));
    }
    let Some(mask) = inputs.optional("mask") else { return skip("dropout by another program's random mask") };
    if mask.shape() != x.shape() {
        return malformed(format!("the mask has the shape {:?}, x {:?}", mask.shape(), x.shape()));
    }
    let mask: Vec<bool> = mask.data().iter().map(|&kept| kept != 0.0).collect();
    let y = dropout::forward_masked((1.0 - ratio) as f32, &mask, x.data());
    Ok(vec![Output::new("y", Tensor::new(x.shape(), y))])
}

fn cross_entropy(case: &Case, inputs: &Inputs) -> Outcome<Vec<Output>> {
    let target = case.number("target")? as f32;
    let mut tape = Tape::new();
    let x = tape.leaf(inputs.get("x")?);
    let loss = tape.sigmoid_cross_entropy(x, target);
    let value = tape.value(loss);
    let dx = tape.backward(loss, Tensor::scalar(1.0)).take(x);
    Ok(vec![Output::new("loss", value), Output::new("dx", dx)])
}

fn adam(case: &Case, inputs: &Inputs) -> Outcome<Vec<Output>> {
    let learning_rate = case.number("lr")?;
    let options = AdamOptions {
        beta1: case.number("beta1")?,
        beta2: case.number("beta2")?,
        epsilon: case.number("eps")?,
        form: AdamForm::PyTorch,
    };
    let AdamOptions { beta1, beta2, epsilon, .. } = options;
    let positive = |x: f64| 0.0 < x && x.is_finite();
    if !positive(learning_rate) || !positive(epsilon) || [beta1, beta2].iter().any(|beta| !(0.0..1.0).contains(beta)) {
        return skip(format!("Adam at the rate {learning_rate} with {options:?}"));
    }
    let mut parameters = Parameters::new();
    parameters.add("x", inputs.get("x")?);
    let mut adam = Adam::new(options, &parameters);
    for name in ["g0", "g1", "g2", "g3", "g4"] {
        let gradient = inputs.get(name)?;
        if parameters.get("x").is_none_or(|x| x.shape() != gradient.shape()) {
            return malformed(format!("{name} has the shape {:?}, unlike x", gradient.shape()));
        }
        if let Err(error) = adam.update(learning_rate, &mut parameters, &[gradient]) {
            return skip(format!("numbers that are not finite: {error}"));
        }
    }
    let of = |name, parameters: &Parameters| {
        parameters.get("x").map_or_else(|| malformed("x is gone"), |x| Ok(Output::new(name, x.clone())))
    };
    Ok(vec![of("x", &parameters)?, of("m", &adam.m)?, of("v", &adam.v)?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opcase::outcome::Refusal;

    #[test]
    fn extents_that_no_machine_has_are_refused() {
        let refused = |outcome: Outcome<Axis>| matches!(outcome, Err(Refusal::Malformed(_)));
        for pad in [(usize::MAX, 2), (2, usize::MAX), (10_000_000_000_000, 0)] {
            assert!(refused(axis(3, 3, 1, pad)), "{pad:?}");
            assert!(refused(transposed_axis(3, 3, 1, pad, 0)), "{pad:?}");
        }
        assert!(refused(transposed_axis(3, 3, usize::MAX, (0, 0), 0)));
        assert!(refused(transposed_axis(3, usize::MAX, 1, (0, 0), 0)));
        assert_eq!(5, axis(3, 3, 1, (2, 2)).unwrap().output);
        assert!(refuse_large_result([1, LARGEST, LARGEST, 1]).is_err());
        assert!(refuse_large_result([usize::MAX; 4]).is_err());
        refuse_large_result([64, 28, 28, 512]).unwrap();
    }
}
