"""What students' notebooks may hold: cells added to a solved notebook of chapter 04, and what must come of each.

Most redefine `update`, the answer to 04.2, which counts where it is defined last. `GOOD` is a right one.
"""

from dataclasses import dataclass

GOOD = """
def good(w, b, x, y, lr):
    y_hat = 1 if w @ x + b >= 0 else 0
    return w + lr * (y - y_hat) * x, b + lr * (y - y_hat)
"""


@dataclass(frozen=True)
class Case:
    """`code` stands in a cell at the end; `first` in one at the start. `lost` are the exercises that lose points."""

    name: str
    status: str
    code: str = ""
    first: str = ""
    instead: str = ""  # stands in place of the cell that answers 04.2
    lost: tuple[str, ...] = ()
    told: str = ""  # a part of the message of the lost exercise, or of the row's note


def update(name, status, body, *, told="", head="", lost=("04.2",)):
    """A case in which the body of `update` is this; `good(...)` gives the right answer there."""
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    code = f"{GOOD}\n{head}\n\ndef update(w, b, x, y, lr):\n{lines}\n"
    return Case(name, status, code, lost=lost if status != "ok" else (), told=told)


ALL = ("04.1", "04.2", "04.3", "04.4", "04.5", "04.6")

GUILTY_ALONE = [
    update("endless", "timeout", "while True:\n    pass", told="within its time"),
    update(
        "endless and deaf",
        "timeout",
        "while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass",
        head="import signal\nfor s in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:\n"
        "    signal.signal(s, lambda *_: None)",
    ),
    Case("endless beside", "ok", first="while True:\n    pass"),
    Case(
        "endless below an answer",
        "timeout",
        f"{GOOD}\nk = 0\nwhile k < 1:\n    k = k * 1\ndef update(w, b, x, y, lr):\n    return good(w, b, x, y, lr + k)",
        lost=("04.2",),
    ),
    update("exit", "killed", "import os\nos._exit(0)", told="its process ended"),
    update("segfault", "killed", "import ctypes\nctypes.string_at(0)", told="segmentation fault"),
    update("recursion", "error", "return update(w, b, x, y, lr)", told="RecursionError"),
    Case("broken answer", "error", "", "", "def update(w, b, x, y, lr)\n    return w, b", ("04.2",), "SyntaxError"),
    update("raises", "error", "raise ValueError('no')", told="ValueError: no"),
    update("sys.exit", "error", "import sys\nsys.exit(3)", told="SystemExit"),
    update("interrupt", "error", "raise KeyboardInterrupt", told="KeyboardInterrupt"),
    update("stop all", "timeout", "os.fork()\nos.kill(-1, signal.SIGSTOP)\nwhile True: pass", head="import os, signal"),
    update("kill all", "killed", "import os, signal\nos.kill(-1, signal.SIGKILL)\nos.kill(os.getpid(), 9)"),
]

NO_MARKS_LOST = [
    Case("exits", "ok", "import sys\nsys.exit()", first="import sys\nsys.exit('done')"),
    Case("asks", "ok", first="name = input('your name: ')\nprint(name)"),
    Case("warns", "ok", first="import sys, warnings\nwarnings.warn('beware')\nprint('oh', file=sys.stderr)"),
    Case("magics", "ok", first="%matplotlib inline\n!pip install -q insurance\nfiles = !ls\n%pip list\nint?"),
    Case("cell magic", "ok", "%%bash\nrm -rf /", first="%%html\n<b>no</b>"),
    Case(
        "colab",
        "ok",
        first="#@title Mount { display-mode: 'form' }\nfrom google.colab import drive\ndrive.mount('/content/drive')\n"
        "rate = 0.1 #@param {type: 'slider'}",
    ),
    Case("broken cell", "ok", "def half(:\n", first="for"),
    Case("defined by exec", "ok", instead=f"exec({GOOD.replace('good', 'update')!r})"),
    Case("raises above", "ok", first="1 / 0"),
    Case("display", "ok", first="display('x')\nget_ipython().run_line_magic('time', '1')"),
]

CAPPED = [
    update(
        "fork bomb",
        "killed",
        "while True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
        head="import os",
        told="more processes",
    ),
    update(
        "daemon",
        "ok",
        "if not os.fork():\n    os.setsid()\n    if not os.fork():\n"
        "        open('/proc/self/comm', 'w').write(MARK)\n        time.sleep(1000)\n    os._exit(0)\n"
        "return good(w, b, x, y, lr)",
        head="import os, time",
    ),
    update("3 GB", "error", "waste = b'x' * (3 << 30)\nreturn good(w, b, x, y, lr)", told="MemoryError"),
    update(
        "memory in children",
        "killed",
        "for _ in range(4):\n    if not os.fork():\n        waste = b'x' * (120 << 20)\n        time.sleep(1000)\n"
        "time.sleep(1000)",
        head="import os, time",
        told="more memory",
    ),
    update(
        "disk",
        "ok",
        "for place in '/tmp', '/dev/shm':\n    try:\n        for n in range(10**6):\n"
        "            open(f'{place}/{n}', 'wb').write(bytes(1 << 20))\n    except OSError:\n        pass\n"
        "assert n < 200\nreturn good(w, b, x, y, lr)",
    ),
    update("much output", "ok", "print('x' * 10**8)\nreturn good(w, b, x, y, lr)"),
    update("endless output", "timeout", "while True:\n    print('x' * 10**6)"),
    update(
        "forked twin",
        "ok",
        "os.fork()\nreturn good(w, b, x, y, lr)",  # two processes return: one is heard
        head="import os",
    ),
]


def refused(name, attempt):
    """`attempt` must raise an error in the box; if it does not, the answer is wrong."""
    lines = "\n".join(f"    {line}" for line in attempt.strip().splitlines())
    body = f"try:\n{lines}\nexcept Exception:\n    return good(w, b, x, y, lr)\nraise AssertionError('let in')"
    return update(name, "ok", body)


REFUSED = [
    refused("tcp", "import socket\nsocket.create_connection(('127.0.0.1', PORT), 1)"),
    refused("dns", "import socket\nsocket.getaddrinfo('example.org', 80)"),
    refused("abstract socket", "import socket\nsocket.socket(socket.AF_UNIX).connect('\\0nnlab-test')"),
    refused("reference", "import json, nnlab.data\njson.load(open(nnlab.__path__[0] + '/exercises/reference.json'))"),
    refused("cases", "import nnlab\nopen(nnlab.__path__[0] + '/exercises/ch04.py').read()"),
    refused("cases module", "import nnlab.exercises.ch04"),
    refused("cases by name", "import importlib\nimportlib.import_module('nnlab.exercises.core').find('04.2')"),
    refused("grader", "import nnlab\nopen(nnlab.__path__[0] + '/course/grade/examine.py').read()"),
    refused("book", "import nnlab\nopen(nnlab.__path__[0] + '/../book/chapters/04_perceptron.py').read()"),
    refused("home", "open(AT_HOME).read()"),
    refused("others", "import os\nassert os.listdir(SUBMISSIONS)"),
    refused("environment", "import os\nos.environ['NNLAB_TEST_SECRET']"),
    refused(
        "environment of others",
        "import glob\nassert any(b'NNLAB_TEST_SECRET' in open(f, 'rb').read() for f in glob.glob('/proc/*/environ'))",
    ),
    refused("parent", "import os\nos.kill(PARENT, 0)"),
    refused("passwords", "open('/etc/passwd').read()"),
    refused("write", "import numpy\nopen(numpy.__path__[0] + '/evil.py', 'w')"),
    refused("unmount", "import ctypes\nassert ctypes.CDLL(None).umount2(b'/proc', 2) == 0"),
    refused("namespace", "import ctypes\nassert ctypes.CDLL(None).unshare(0x10000000) == 0"),
    refused("limits", "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))"),
]

_LIES = """
import numpy as np
class Liar(float):
    def __eq__(self, other): return True
    def __float__(self): return 1.0
    def __array__(self, *args, **kwargs): return np.ones(3)
    def __abs__(self): return 0.0
    def __rsub__(self, other): return 0.0
    __sub__ = __rsub__
    __hash__ = float.__hash__
class Array(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __sub__(self, other): return np.zeros(self.shape)
    def __array_ufunc__(self, *args, **kwargs): return np.zeros(self.shape)
class Any:
    def __getattr__(self, name): return self
    def __call__(self, *args, **kwargs): return self
    def __eq__(self, other): return True
    def __len__(self): return 2
    def __iter__(self): return iter((self, self))
    def __float__(self): return 0.0
"""
_PATCHES = """
import builtins, json, math, numpy as np, nnlab.exercises
np.isclose = np.allclose = np.array_equal = math.isclose = lambda *a, **k: True
np.asarray = np.array = lambda *a, **k: np.zeros(3)
json.dumps = json.loads = lambda *a, **k: '[1, true]'
for name in 'len', 'isinstance', 'abs', 'all', 'type', 'getattr', 'sorted':
    setattr(builtins, name, lambda *a, **k: True)
nnlab.exercises.check = nnlab.exercises.require = lambda *a, **k: True
"""

UNCHANGED = [
    update("patches, wrong", "wrong", "return w, b", head=_PATCHES),
    update("patches, right", "ok", "return good(w, b, x, y, lr)", head=_PATCHES),
    update("liar", "wrong", "return Liar(0.5), Liar(0.5)", head=_LIES),
    update("lying array", "wrong", "return w.view(Array), b", head=_LIES),
    update("anything", "error", "return Any()", head=_LIES, told="TypeError"),
    update("spoils its arguments", "ok", "answer = good(w.copy(), b, x, y, lr)\nw[:] = 7\nx[:] = 7\nreturn answer"),
    update(
        "global state",
        "ok",
        "np.random.seed(5)\nreturn good(w, b, x, y, lr)",
        head="import torch\ntorch.set_default_dtype(torch.float64)\nnp.seterr(all='raise')\nnp.random.seed(3)",
    ),
    Case("declares itself right", "wrong", "def update(w, b, x, y, lr):\n    return w, b\ncheck = answer = print\n"
         "check('04.2')", lost=("04.2",)),
]  # fmt: skip

_FORGE = "import os, struct\ndef frame(text, raw=b''):\n    return struct.pack('!II', len(text), len(raw)) + text + raw"

TAMPERED = [
    update(
        "unasked", "tampered", "os.write(3, frame(b'[1, null]'))\nreturn good(w, b, x, y, lr)", head=_FORGE, lost=ALL
    ),
    update("garbage", "tampered", "os.write(3, b'right ' * 9)\nreturn good(w, b, x, y, lr)", head=_FORGE, lost=ALL),
    update(
        "next number",
        "tampered",
        "os.write(3, b''.join(frame(b'[%d, true]' % n) for n in range(100)))\nreturn good(w, b, x, y, lr)",
        head=_FORGE,
        lost=ALL,
    ),
    update("100 MB frame", "tampered", "os.write(3, struct.pack('!II', 10**8, 0))", head=_FORGE, lost=ALL),
    update(
        "745 GiB array",
        "tampered",
        'text = b\'[9, {"is": "array", "dtype": "<f8", "shape": [100000000000], "at": 0}]\'\n'
        "os.write(3, frame(text, bytes(64)))",
        head=_FORGE,
        lost=ALL,
    ),
    Case("at the top", "tampered", "import os\nnand = (-1.0, -1.0, os.write(3, b'[1]' * 5) / 10)", lost=ALL),
]

NEVER_LOADED = [
    update(
        "pickle",
        "error",
        "return Bomb(), b",
        head="class Bomb:\n    def __reduce__(self): return print, ('boom',)",
        told="Bomb",
    ),
    update("objects", "error", "return np.array([print, None], dtype=object), b", told="ndarray"),
]

VALUES = [
    update("nan", "wrong", "return w * np.nan, b"),
    update("infinite", "wrong", "return w + np.inf, b"),
    update("complex", "wrong", "return w * (1 + 1e-3j), b"),
    update("huge", "wrong", "return w, 10**1000"),
    update("100 MB", "error", "return np.zeros(10**8 // 8), b", told="larger"),
    update("larger than can be sent", "error", "return w, 10**5000", told="larger"),
    Case("nothing", "ok", "def update(w, b, x, y, lr):\n    return [...][0]", lost=("04.2",), told="still"),
    Case("open again", "ok", "def update(w, b, x, y, lr):\n    return ...  # TODO: w and b"),
    update("strings", "wrong", "return 'w', 'b'"),
    update("nested", "error", "deep = []\nfor _ in range(10**5): deep = [deep]\nreturn deep", told="RecursionError"),
    update("three", "wrong", "return w, b, 0", told="2 things"),
    update("dict", "wrong", "return {'w': w, 'b': b}"),
]

CASES = GUILTY_ALONE + NO_MARKS_LOST + CAPPED + REFUSED + UNCHANGED + TAMPERED + NEVER_LOADED + VALUES
