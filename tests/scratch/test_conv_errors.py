import numpy as np
import pytest

from nnlab.errors import BadData
from nnlab.scratch import conv

IMAGE, WEIGHT = np.zeros((1, 4, 5, 6)), np.zeros((6, 4, 3, 3))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: conv.conv2d(IMAGE[:, :3], WEIGHT),
            r"3 channels.*\(6, 4, 3, 3\).*give weight the shape \(6, 3, 3, 3\)",
        ),
        (lambda: conv.conv2d(IMAGE, WEIGHT, groups=2), r"groups=2 give weight the shape \(6, 2, 3, 3\)"),
        (lambda: conv.conv2d(IMAGE, WEIGHT, groups=3), "groups is 3; it must divide the 4 channels of x and the 6"),
        (lambda: conv.conv2d(IMAGE, WEIGHT, groups=0), "groups is 0"),
        (lambda: conv.conv2d(IMAGE, WEIGHT, dilation=3), "covers 7 × 7 pixels.*only 5 × 6"),
        (lambda: conv.conv2d(IMAGE, WEIGHT, np.zeros(4)), r"bias has shape \(4,\).*\(6,\)"),
        (lambda: conv.conv2d(IMAGE[0], WEIGHT), r"\(images, channels, height, width\).*x\[None, None\]"),
        (lambda: conv.conv2d(IMAGE, WEIGHT[0]), "outputs, channels / groups"),
        (lambda: conv.conv2d(IMAGE, WEIGHT, stride=0), "stride is 0"),
        (lambda: conv.conv2d(IMAGE, WEIGHT, stride=(1, 1, 1)), "stride is .*two: "),
        (lambda: conv.conv2d(IMAGE, WEIGHT, padding=-1), "padding is -1"),
        (lambda: conv.conv2d(IMAGE, WEIGHT, padding="full"), "choose 'same', 'valid'"),
        (lambda: conv.conv2d(IMAGE, WEIGHT, padding="same", stride=2), "at stride 1 only"),
        (lambda: conv.conv2d_backward(np.zeros((1, 6, 5, 6)), IMAGE, WEIGHT), r"of the output, \(1, 6, 3, 4\)"),
        (lambda: conv.conv_transpose2d(IMAGE, WEIGHT), r"4 channels.*\(6, 4, 3, 3\), for 6"),
        (lambda: conv.conv_transpose2d(IMAGE, WEIGHT[:4], groups=3), "must divide the 4 channels"),
        (lambda: conv.conv_transpose2d(IMAGE, WEIGHT[:4], output_padding=1), "output_padding is 1; it is less"),
        (lambda: conv.conv_transpose2d(IMAGE, WEIGHT[:4], padding=(4, 0)), "-1 × 8 pixels would be left"),
        (lambda: conv.conv_transpose2d(IMAGE, WEIGHT[:4], padding=(0, 4)), "7 × 0 pixels would be left"),
        (lambda: conv.conv_transpose2d_backward(IMAGE, IMAGE, WEIGHT[:4]), r"of the output, \(1, 4, 7, 8\)"),
        (lambda: conv.max_pool2d(IMAGE, 6), "covers 6 × 6"),
        (lambda: conv.max_pool2d(IMAGE, 3, padding=2), "at most half of the window, 3"),
        (lambda: conv.max_pool2d_backward(IMAGE, IMAGE, 2), r"of the output, \(1, 4, 2, 3\)"),
        (lambda: conv.avg_pool2d_backward(IMAGE, IMAGE, 2), r"of the output, \(1, 4, 2, 3\)"),
        (lambda: conv.correlate2d(IMAGE, [[1]]), r"image has shape \(1, 4, 5, 6\); it is \(height, width\)"),
        (lambda: conv.correlate2d([[1]], [1]), r"kernel has shape \(1,\)"),
        (lambda: conv.output_size(4, 5), "covers 5 × 5"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_shapes(call, said):
    with pytest.raises(BadData, match=said):
        call()
