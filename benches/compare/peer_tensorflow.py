"""The training step in TensorFlow: one `tf.function`, `tf.nn` throughout, no Keras.

Everything is TensorFlow's own and fused where it has something fused: batch norm, Adam, the losses. oneDNN
is on, as it is by default. What a graph does not need, such as D's weight gradients in G's update, TensorFlow
prunes from it.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

import peer

parser = peer.arguments(__doc__.splitlines()[0])
parser.add_argument("--xla", action="store_true", help="compile the step with XLA")


class Gan:
    def __init__(self, parameters, model, batch, keep, args):
        self.keep, self.height = keep, peer.IMAGE[model][0]
        self.variables = {path: tf.Variable(value, trainable=False) for path, value in parameters.items()}
        self.adam = {network: Adam(self.trained(network)) for network in ["generator", "discriminator"]}
        self.train = tf.function(self.train, jit_compile=args.xla)
        self.generate = tf.function(self.generate, jit_compile=args.xla)

    def trained(self, network):
        return [v for path, v in self.variables.items() if path.startswith(network) and "moving" not in path]

    def put(self, array):
        return tf.constant(array)

    def step(self, z, x):
        return tuple(float(loss) for loss in self.train(z, x))

    def get(self, images):
        return images.numpy()

    def sample(self, z):
        return self.generate(z)

    def moving_variances(self):
        return {f"bn{i}": self.variables[f"generator/bn{i}/moving_variance"].numpy() for i in (1, 2, 3)}

    def train(self, z, x):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.trained("generator"))
            fake = self.discriminator(self.generator(z, training=True))
            g_loss = cross_entropy(fake, peer.SMOOTH)
        self.adam["generator"].update(tape, g_loss)

        fake_images = self.generator(z, training=True)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.trained("discriminator"))
            real, fake = self.discriminator(x), self.discriminator(fake_images)
            d_loss = cross_entropy(real, peer.SMOOTH) + cross_entropy(fake, 0.0)
        self.adam["discriminator"].update(tape, d_loss)
        return g_loss, d_loss

    def generate(self, z):
        return self.generator(z, training=False)

    def generator(self, z, training):
        x = tf.reshape(self.dense(z, "generator/dense"), [tf.shape(z)[0], 4, 4, -1])
        x = self.hidden(x, "generator/bn1", training)
        mnist = self.height == 28
        x = self.conv_transpose(x, "generator/conv2d_transpose_2", *((7, 1, "VALID") if mnist else (8, 2, "SAME")))
        x = self.hidden(x, "generator/bn2", training)
        x = self.conv_transpose(x, "generator/conv2d_transpose_3", self.height // 2, 2, "SAME")
        x = self.hidden(x, "generator/bn3", training)
        return tf.tanh(self.conv_transpose(x, "generator/conv2d_transpose_4", self.height, 2, "SAME"))

    def discriminator(self, x):
        x = self.dropout(tf.nn.leaky_relu(self.conv(x, "discriminator/conv2d_1"), peer.SLOPE))
        x = self.hidden(self.conv(x, "discriminator/conv2d_2"), "discriminator/bn2", training=True)
        x = self.hidden(self.conv(x, "discriminator/conv2d_3"), "discriminator/bn3", training=True)
        return self.dense(tf.reshape(x, [tf.shape(x)[0], -1]), "discriminator/dense")

    def hidden(self, x, path, training):
        x = tf.nn.leaky_relu(self.batch_norm(x, path, training), peer.SLOPE)
        return self.dropout(x) if training else x

    def dropout(self, x):
        return x if self.keep == 1 else tf.nn.dropout(x, 1 - self.keep)

    def dense(self, x, path):
        return tf.nn.bias_add(tf.matmul(x, self.variables[f"{path}/kernel"]), self.variables[f"{path}/bias"])

    def conv(self, x, path):
        y = tf.nn.conv2d(x, self.variables[f"{path}/kernel"], 2, "SAME")
        return tf.nn.bias_add(y, self.variables[f"{path}/bias"])

    def conv_transpose(self, x, path, size, stride, padding):
        kernel = self.variables[f"{path}/kernel"]
        shape = [tf.shape(x)[0], size, size, kernel.shape[2]]
        return tf.nn.bias_add(tf.nn.conv2d_transpose(x, kernel, shape, stride, padding), self.variables[f"{path}/bias"])

    def batch_norm(self, x, path, training):
        gamma, beta = self.variables[f"{path}/gamma"], self.variables[f"{path}/beta"]
        moving = [self.variables.get(f"{path}/moving_{name}") for name in ["mean", "variance"]]
        if not training:
            return fused_batch_norm(x, gamma, beta, *moving, epsilon=peer.EPSILON, is_training=False)[0]
        y, mean, variance = fused_batch_norm(x, gamma, beta, epsilon=peer.EPSILON, is_training=True)
        if moving[0] is not None:
            # The fused operator hands out the variance with Bessel's correction; the recipe has none.
            n = tf.cast(tf.size(x) // x.shape[-1], tf.float32)
            for average, batch in zip(moving, [mean, variance * (n - 1) / n]):
                average.assign_sub((average - batch) * (1 - peer.MOMENTUM))
        return y


fused_batch_norm = tf.compat.v1.nn.fused_batch_norm


def cross_entropy(logits, label):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(tf.fill(tf.shape(logits), label), logits))


class Adam:
    """TensorFlow's own fused Adam, one operator for each variable."""

    def __init__(self, variables):
        self.slots = [(v, tf.Variable(tf.zeros_like(v)), tf.Variable(tf.zeros_like(v))) for v in variables]
        self.powers = tf.Variable(peer.BETA1), tf.Variable(peer.BETA2)

    def update(self, tape, loss):
        for (variable, m, v), gradient in zip(self.slots, tape.gradient(loss, [slot[0] for slot in self.slots])):
            tf.raw_ops.ResourceApplyAdam(
                var=variable.handle, m=m.handle, v=v.handle, grad=gradient,
                beta1_power=self.powers[0], beta2_power=self.powers[1],
                lr=peer.LEARNING_RATE, beta1=peer.BETA1, beta2=peer.BETA2, epsilon=peer.ADAM_EPSILON,
            )  # fmt: skip
        for power, beta in zip(self.powers, [peer.BETA1, peer.BETA2]):
            power.assign(power * beta)


if __name__ == "__main__":
    args = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    tf.config.threading.set_inter_op_parallelism_threads(args.threads)
    peer.main(Gan, args, {"tensorflow": tf.__version__, "numpy": np.__version__})
