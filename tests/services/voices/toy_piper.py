"""A Piper voice of 700 bytes: hums a tone per phoneme, and tells how long each lasts.

The ONNX file is written byte by byte, so that nothing but Piper itself is needed.
"""

import json
from pathlib import Path

SAMPLE_RATE = 16_000
HOP = 256
FRAMES = 4
"""Every phoneme id lasts this many hops."""
FLOAT, INT64 = 1, 7
LETTERS = (
    "abcdefghijklmnopqrstuvwxyzæçðøħŋœɐɑɒɓɔɕɖɗɘəɚɛɜɞɟɠɡɢɣɤɥɦɧɨɪɫɬ"
    "ɭɮɯɰɱɲɳɴɵɶɸɹɺɻɽɾʀʁʂʃʄʈʉʊʋʌʍʎʏʐʑʒʔʕʘʙʛʜʝʟʡʢʲˈˌːˑ˞βθχᵻⱱ0123456789̧̩̯̪̺̻̃̊ɝʷεˤ"
)
MARKS = "_^$ !'(),-.:;?\"#"


def make_voice(folder: Path, name: str = "en_US-toy-low", *, timed: bool = True) -> Path:
    """Write a voice into `folder` and return its model; without `timed` it tells no times."""
    model = folder / f"{name}.onnx"
    model.write_bytes(_model(timed))
    signs = {sign: [number] for number, sign in enumerate(MARKS + LETTERS)}
    model.with_name(model.name + ".json").write_text(
        json.dumps(
            {
                "audio": {"sample_rate": SAMPLE_RATE, "quality": "low"},
                "espeak": {"voice": "en-us"},
                "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
                "phoneme_type": "espeak",
                "num_symbols": len(signs),
                "num_speakers": 1,
                "speaker_id_map": {},
                "phoneme_id_map": signs,
                "hop_length": HOP,
                "dataset": "toy",
                "language": {"code": "en_US", "name_english": "English"},
            }
        )
    )
    return model


def _model(timed: bool) -> bytes:
    nodes = [
        _node("Cast", ["input"], ["ids"], _attribute("to", FLOAT)),
        _node("Mul", ["ids", "quiet"], ["levels"]),
        _node("Unsqueeze", ["levels", "last"], ["columns"]),
        _node("Tile", ["columns", "stretch"], ["rows"]),
        _node("Mul", ["rows", "wave"], ["tones"]),
        _node("Reshape", ["tones", "flat"], ["output"]),
        _node("Mul", ["ids", "nothing"], ["zeros"]),
        _node("Add", ["zeros", "frames"], ["lengths"]),
    ]
    wave = b"".join(_float(1.0 if step // 40 % 2 else -1.0) for step in range(FRAMES * HOP))
    constants = [
        _tensor("quiet", FLOAT, [1], _float(0.01)),
        _tensor("nothing", FLOAT, [1], _float(0.0)),
        _tensor("frames", FLOAT, [1], _float(float(FRAMES))),
        _tensor("last", INT64, [1], _int(2)),
        _tensor("stretch", INT64, [3], _int(1) + _int(1) + _int(FRAMES * HOP)),
        _tensor("wave", FLOAT, [1, 1, FRAMES * HOP], wave),
        _tensor("flat", INT64, [3], _int(1) + _int(1) + _int(-1)),
    ]
    inputs = [
        _value("input", INT64, [1, "n"]),
        _value("input_lengths", INT64, [1]),
        _value("scales", FLOAT, [3]),
    ]
    outputs = [_value("output", FLOAT, [1, 1, "samples"])]
    outputs += [_value("lengths", FLOAT, [1, "n"])] if timed else []
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, b"toy")
    graph += b"".join(_field(5, constant) for constant in constants)
    graph += b"".join(_field(11, value) for value in inputs)
    graph += b"".join(_field(12, value) for value in outputs)
    opset = _field(1, b"") + _number(2, 13)
    return _number(1, 8) + _field(7, graph) + _field(8, opset)


def _node(kind: str, inputs: list[str], outputs: list[str], attribute: bytes = b"") -> bytes:
    node = b"".join(_field(1, name.encode()) for name in inputs)
    node += b"".join(_field(2, name.encode()) for name in outputs)
    return node + _field(4, kind.encode()) + (_field(5, attribute) if attribute else b"")


def _attribute(name: str, value: int) -> bytes:
    return _field(1, name.encode()) + _number(3, value) + _number(20, 2)


def _tensor(name: str, kind: int, shape: list[int], raw: bytes) -> bytes:
    sizes = b"".join(_number(1, size) for size in shape)
    return sizes + _number(2, kind) + _field(8, name.encode()) + _field(9, raw)


def _value(name: str, kind: int, shape: list[int | str]) -> bytes:
    sizes = b"".join(
        _field(1, _number(1, size) if isinstance(size, int) else _field(2, size.encode()))
        for size in shape
    )
    return _field(1, name.encode()) + _field(2, _field(1, _number(1, kind) + _field(2, sizes)))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    encoded = b""
    while value > 127:
        encoded += bytes((value & 127 | 128,))
        value >>= 7
    return encoded + bytes((value,))


def _float(value: float) -> bytes:
    import struct

    return struct.pack("<f", value)


def _int(value: int) -> bytes:
    return value.to_bytes(8, "little", signed=True)
