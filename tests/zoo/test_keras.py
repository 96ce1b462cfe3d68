"""The nets of the zoo compute what Keras's applications, written by others, compute with the same weights.

The statistics of batch normalisation are such that the images still matter after 50 layers, and are not 0 and 1, where
epsilon and half of the mistakes would not show.
"""

import keras
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from nnlab import zoo

CLASSES = 7


def vgg16_layers():
    for block, depth in enumerate((2, 2, 3, 3, 3), start=1):
        yield from (f"block{block}_conv{k}" for k in range(1, depth + 1))
    yield from ("fc1", "fc2", "predictions")


def resnet50_layers():
    yield from ("conv1_conv", "conv1_bn")
    for stage, depth in enumerate((3, 4, 6, 3), start=2):
        for k in range(1, depth + 1):
            for part in (1, 2, 3, 0) if k == 1 else (1, 2, 3):  # 0 is the shortcut
                yield from (f"conv{stage}_block{k}_{part}_conv", f"conv{stage}_block{k}_{part}_bn")
    yield "predictions"


def mobilenet_layers():
    yield from ("conv1", "conv1_bn")
    for k in range(1, 14):
        yield from (f"conv_dw_{k}", f"conv_dw_{k}_bn", f"conv_pw_{k}", f"conv_pw_{k}_bn")
    yield "conv_preds"


def densenet121_layers():
    yield from ("conv1_conv", "conv1_bn")
    for stage, depth in enumerate((6, 12, 24, 16), start=2):
        if stage > 2:
            yield from (f"pool{stage - 1}_bn", f"pool{stage - 1}_conv")
        for k in range(1, depth + 1):
            yield from (f"conv{stage}_block{k}_{part}" for part in ("0_bn", "1_conv", "1_bn", "2_conv"))
    yield from ("bn", "predictions")


def efficientnet_layers(depths):
    yield from ("stem_conv", "stem_bn")
    for stage, depth in enumerate(depths, start=1):
        for k in range(depth):
            expand = [] if stage == 1 else ["expand_conv", "expand_bn"]
            parts = [*expand, "dwconv", "bn", "se_reduce", "se_expand", "project_conv", "project_bn"]
            yield from (f"block{stage}{'abcdefg'[k]}_{part}" for part in parts)
    yield from ("top_conv", "top_bn", "predictions")


def images(channels, height, width):
    """Four, each of large spots of another contrast; rows and columns are not to be confused."""
    spots = torch.randn(4, channels, 4, 4) * torch.tensor([0.3, 1, 2, 3])[:, None, None, None]
    return F.interpolate(spots, size=(height, width), mode="bicubic")


@torch.no_grad()
def lived_in(net, x):
    """The net in evaluation mode, with random biases and scales, and with statistics near those of `x`.

    Scales below 1 and biases around 0.5 keep most units in one linear part of their activation. Without that, a net of
    random weights is chaotic: rounding in the first layers grows a thousandfold on its way to the scores.
    """

    def normalise(module, inputs):
        variance, mean = torch.var_mean(inputs[0], dim=(0, 2, 3))
        module.running_mean.copy_(mean + 0.2 * variance.sqrt() * torch.randn_like(mean))
        module.running_var.copy_(variance * torch.empty_like(variance).uniform_(0.5, 1.5))

    hooks = []
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.uniform_(0.5, 1.0)
            hooks.append(module.register_forward_pre_hook(normalise))
        if getattr(module, "bias", None) is not None:
            module.bias.normal_(0.5, 0.3)
    net.eval()(x)
    for hook in hooks:
        hook.remove()
    return net


@torch.no_grad()
def carry(net, model, names):
    """Give the Keras model the weights of the net, layer by layer; both must have the same layers."""
    modules = [m for m in net.modules() if isinstance(m, nn.Conv2d | nn.BatchNorm2d | nn.Linear)]
    layers = [model.get_layer(name) for name in names]
    others = {layer.name for layer in model.layers if layer.weights} - {layer.name for layer in layers}
    assert {name.rstrip("_0123456789") for name in others} <= {"normalization"}
    shift = torch.zeros(())
    for module, layer in zip(modules, layers, strict=True):
        if isinstance(module, nn.BatchNorm2d):
            layer.gamma.assign(module.weight)
            layer.beta.assign(module.bias)
            layer.moving_mean.assign(module.running_mean + shift)
            layer.moving_variance.assign(module.running_var)
            shift = torch.zeros(())
            continue
        kernel = module.weight
        if isinstance(module, nn.Conv2d):  # to height, width, inputs, outputs; a depthwise one has its outputs before 1
            kernel = kernel.permute(2, 3, 0, 1) if hasattr(layer, "depth_multiplier") else kernel.permute(2, 3, 1, 0)
        elif (
            layer.name == "fc1"
        ):  # of maps that Keras flattens by height, width, channels, and PyTorch by channels first
            kernel = kernel.unflatten(1, (512, -1)).transpose(1, 2).flatten(1).T
        else:
            kernel = kernel.T
        layer.kernel.assign(kernel.reshape(layer.kernel.shape))
        if layer.use_bias:
            if module.bias is None:  # what Keras adds here, the normalisation takes off again with the mean
                shift = torch.randn(layer.bias.shape)
            layer.bias.assign(shift if module.bias is None else module.bias)


@torch.no_grad()
def largest_difference(net, model, names, scale=1.0):
    """Between the scores of four images; the model takes them multiplied by `scale`."""
    _, height, width, channels = model.input_shape
    x = images(channels, height, width)
    carry(lived_in(net, x), model, names)
    ours, theirs = net(x), model(scale * x.permute(0, 2, 3, 1), training=False)
    assert ours.shape == theirs.shape == (4, CLASSES)
    assert theirs.std(dim=0).mean() > 0.05  # the images matter, so the first layers do
    return (ours - theirs).abs().max()


def keras_model(name, height, width, **options):
    application = getattr(keras.applications, name)
    options |= {"weights": None, "classes": CLASSES, "classifier_activation": None}
    return application(input_shape=(height, width, 3), **options)


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def test_resnet50_is_kerass():
    model = keras_model("ResNet50", 96, 64)
    assert largest_difference(zoo.resnet50(CLASSES), model, resnet50_layers()) < 1e-4


@pytest.mark.parametrize("width", [1.0, 0.5])
def test_mobilenet_is_kerass(width):
    model = keras_model("MobileNet", 96, 64, alpha=width)
    assert largest_difference(zoo.mobilenet_v1(width, classes=CLASSES), model, mobilenet_layers()) < 1e-4


def test_densenet121_is_kerass():
    model = keras_model("DenseNet121", 96, 64)
    assert largest_difference(zoo.densenet121(CLASSES), model, densenet121_layers()) < 1e-4


def test_vgg16_is_kerass():
    model = keras_model("VGG16", 64, 64)
    assert largest_difference(zoo.vgg16(CLASSES, resolution=64), model, vgg16_layers()) < 1e-4


@pytest.mark.parametrize(("height", "width"), [(64, 96), (75, 58)], ids=["even", "odd on the way"])
def test_efficientnet_b0_is_kerass_which_divides_by_255(height, width):
    model, names = keras_model("EfficientNetB0", height, width), efficientnet_layers((1, 2, 2, 3, 3, 4, 1))
    assert largest_difference(zoo.efficientnet_b0(CLASSES), model, names, scale=255) < 1e-4


def test_efficientnet_b2_is_kerass_by_the_formulas_of_size():
    model, names = keras_model("EfficientNetB2", 64, 96), efficientnet_layers((2, 3, 3, 4, 4, 5, 2))
    net = zoo.efficientnet(width=1.1, depth=1.2, classes=CLASSES)
    assert largest_difference(net, model, names, scale=255) < 1e-4
