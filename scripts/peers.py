"""The default model by other engines on the same adapter, in turns with gpucam, as a Markdown table.

LiteRT on the GPU (WebGPU) and on the processor (XNNPACK, one thread), ncnn on the GPU (Vulkan) and on the processor. Needs the
packages ai-edge-litert, ncnn, tflite and numpy. Before it is timed, every engine's answer to a drawn person is compared with that
of LiteRT on the processor.
usage: peers.py GPUCAM [ROUNDS] [INFERENCES]; `scripts/drivers NAME python scripts/peers.py …` chooses the driver.
"""

import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

MODEL = "selfie_segmentation_landscape.tflite"
ENGINES = {"LiteRT, GPU": 1, "ncnn, GPU": 1, "LiteRT, CPU": 0, "ncnn, CPU": 0}
# f32 on all sides; engines with 16 bits are off by 0.07 and more.
CLOSE = 1e-3


def model_file():
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    return Path(os.environ.get("GPUCAM_MODELS") or data / "gpucam/models") / MODEL


# ---- the model in ncnn's format, from the flatbuffer


def operators(buffer):
    """The name of each operator, its options' bytes, inputs and output; constants as floats; shapes; the ends."""
    import numpy
    import tflite

    names = {v: k for k, v in vars(tflite.BuiltinOperator).items() if isinstance(v, int)}
    kinds = {tflite.TensorType.FLOAT32: numpy.float32, tflite.TensorType.FLOAT16: numpy.float16, tflite.TensorType.INT32: numpy.int32}
    model = tflite.Model.GetRootAsModel(buffer, 0)
    graph = model.Subgraphs(0)
    constants, shapes, found = {}, {}, []
    for index in range(graph.TensorsLength()):
        tensor = graph.Tensors(index)
        shapes[index] = tuple(int(side) for side in tensor.ShapeAsNumpy()) if tensor.ShapeLength() else ()
        data = model.Buffers(tensor.Buffer())
        if data.DataLength():
            numbers = numpy.frombuffer(data.DataAsNumpy().tobytes(), kinds[tensor.Type()]).reshape(shapes[index])
            constants[index] = numbers.astype(numpy.float32) if numbers.dtype.kind == "f" else numbers
    for index in range(graph.OperatorsLength()):
        operator = graph.Operators(index)
        code = model.OperatorCodes(operator.OpcodeIndex())
        name = names[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        inputs, output = [operator.Inputs(i) for i in range(operator.InputsLength())], operator.Outputs(0)
        if name == "DEQUANTIZE":
            constants[output] = constants[inputs[0]]
        else:
            found.append((code.CustomCode().decode() if name == "CUSTOM" else name, operator, inputs, output))
    return found, constants, shapes, graph.Inputs(0), graph.Outputs(0)


def strides(name, operator):
    import tflite

    options = (tflite.Conv2DOptions if name == "CONV_2D" else tflite.DepthwiseConv2DOptions)()
    table = operator.BuiltinOptions()
    options.Init(table.Bytes, table.Pos)
    if options.FusedActivationFunction() or options.DilationHFactor() != 1:
        sys.exit(f"peers.py: {name} with an activation or a dilation is not converted")
    return options.StrideH(), options.StrideW(), options.Padding() == tflite.Padding.SAME


def around(size, kernel, stride, same):
    """Zeros before and after, as TensorFlow puts them."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0) if same else 0
    return total // 2, total - total // 2


def convert(source, folder):
    """Writes model.param and model.bin for ncnn; returns the shape of the input and the names of both ends."""
    import numpy

    found, constants, shapes, first, last = operators(source.read_bytes())
    activation = {"RELU": ("ReLU", {}, "9=1"), "LOGISTIC": ("Sigmoid", {}, "9=4"),
                  "HARD_SWISH": ("HardSwish", {0: "0.1666667", 1: "0.5"}, "9=6 -23310=2,1.666667e-01,5.000000e-01")}  # fmt: skip
    readers = Counter(i for _, _, inputs, _ in found for i in inputs)
    follower = {inputs[0]: (name, output) for name, _, inputs, output in found if name in activation}
    layers, gone = [], set()
    for name, operator, inputs, output in found:
        if output in gone:
            continue
        x, weights, bias = inputs[0], None, None
        if len(inputs) > 1:
            weights = constants.get(inputs[1])
        if name in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            down, right, same = strides(name, operator)
            bias = constants[inputs[2]]
            weights = weights.transpose(3, 0, 1, 2) if name[0] == "D" else weights.transpose(0, 3, 1, 2)
            high, wide = weights.shape[2:]
            (top, below), (left, beside) = around(shapes[x][1], high, down, same), around(shapes[x][2], wide, right, same)
            kind, words = "Convolution", {0: len(bias), 1: wide, 11: high, 3: right, 13: down, 4: left, 15: beside, 14: top, 16: below, 5: 1, 6: weights.size}
            if name[0] == "D":
                kind, words[7] = "ConvolutionDepthWise", len(bias)
            elif shapes[x][1:3] == (1, 1):
                kind, words = "InnerProduct", {0: len(bias), 1: 1, 2: weights.size}
        elif name == "Convolution2DTransposeBias":
            weights, bias = weights.transpose(0, 3, 1, 2), constants[inputs[2]]
            kind, words = "Deconvolution", {0: len(bias), 1: 2, 11: 2, 3: 2, 13: 2, 5: 1, 6: weights.size}
        elif name in activation:
            kind, words, _ = activation[name]
        elif name == "MEAN":
            kind, words = "Pooling", {0: 1, 4: 1}
        elif name in ("ADD", "MUL"):
            kind, words = "BinaryOp", {0: 0 if name == "ADD" else 2}
        elif name == "RESIZE_BILINEAR":
            kind, words = "Interp", {0: 2, 1: "2.0", 2: "2.0", 6: 0}
        else:
            sys.exit(f"peers.py: {name} is not converted for ncnn")
        fused = ""
        if bias is not None and readers[output] == 1 and output in follower:
            name, output = follower[output]
            gone.add(output)
            fused = " " + activation[name][2]
        reads = inputs[:2] if kind == "BinaryOp" else [x]
        layers.append((kind, reads, output, words, fused, None if bias is None else (weights, bias)))

    # ncnn wants a layer that splits what several read.
    use = Counter(i for _, reads, *_ in layers for i in reads)
    lines, blobs, copies = [f"Input in 0 1 t{first} 0=256 1=144 2=3"], 1, {}

    def made(tensor):
        nonlocal blobs
        if use[tensor] > 1:
            copies[tensor] = [f"t{tensor}_{i}" for i in range(use[tensor])]
            lines.append(f"Split split{tensor} 1 {use[tensor]} t{tensor} {' '.join(copies[tensor])}")
            blobs += use[tensor]

    made(first)
    with open(folder / "model.bin", "wb") as file:
        for index, (kind, reads, output, words, fused, numbers) in enumerate(layers):
            names = [copies[i].pop() if i in copies else f"t{i}" for i in reads]
            numbered = " ".join(f"{key}={value}" for key, value in words.items())
            lines.append(f"{kind} layer{index} {len(names)} 1 {' '.join(names)} t{output} {numbered}{fused}")
            blobs += 1
            if numbers:
                file.write(struct.pack("<I", 0) + b"".join(numpy.ascontiguousarray(n, "<f4").tobytes() for n in numbers))
            made(output)
    (folder / "model.param").write_text(f"7767517\n{len(lines)} {blobs}\n" + "\n".join(lines) + "\n")
    return [f"t{first}", f"t{last}"]


# ---- one engine, in a process of its own


def litert(on_gpu, _folder, _ends, picture):
    import numpy
    from ai_edge_litert.compiled_model import CompiledModel
    from ai_edge_litert.hardware_accelerator import HardwareAccelerator
    from ai_edge_litert.options import CpuOptions, GpuOptions, Options

    if on_gpu:
        options = Options(hardware_accelerators=HardwareAccelerator.GPU, gpu_options=GpuOptions(enforce_f32=True))
    else:
        options = Options(hardware_accelerators=HardwareAccelerator.CPU, cpu_options=CpuOptions(num_threads=1))
    model = CompiledModel.from_file(str(model_file()), options=options)
    inputs, outputs = model.create_input_buffers(0), model.create_output_buffers(0)
    inputs[0].write(picture)
    if on_gpu and not model.is_fully_accelerated():
        sys.exit("some of it runs on the processor")

    def run():
        model.run_by_index(0, inputs, outputs)
        return outputs[0].read(picture.size // 3, numpy.float32)

    return run


def ncnn_net(on_gpu, folder, ends, picture):
    import ncnn
    import numpy

    net = ncnn.Net()
    net.opt.use_vulkan_compute, net.opt.num_threads = bool(on_gpu), 1
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    net.load_param(str(folder / "model.param"))
    net.load_model(str(folder / "model.bin"))
    planes = numpy.ascontiguousarray(picture[0].transpose(2, 0, 1))
    data = ncnn.Mat(planes)

    def run(_keeps=planes):  # a Mat does not keep an array alive
        extractor = net.create_extractor()
        extractor.input(ends[0], data)
        return numpy.array(extractor.extract(ends[1])[1]).reshape(-1)

    return run


def person():
    """Head and shoulders before a wall, with noise: a mask that has both values."""
    import numpy

    y, x = numpy.mgrid[0:144, 0:256].astype(numpy.float32)
    head = ((x - 128) / 24) ** 2 + ((y - 56) / 32) ** 2 < 1
    hair = ((x - 128) / 28) ** 2 + ((y - 44) / 34) ** 2 < 1
    shoulders = ((x - 128) / 72) ** 2 + ((y - 150) / 62) ** 2 < 1
    picture = numpy.empty((144, 256, 3), numpy.float32)
    picture[:] = (0.75, 0.77, 0.8)
    for where, colour in [(shoulders, (0.15, 0.25, 0.45)), (hair, (0.2, 0.14, 0.1)), (head & (y > 40), (0.8, 0.6, 0.5))]:
        picture[where] = colour
    noise = numpy.random.default_rng(1).normal(0, 0.02, picture.shape)
    return (picture + noise).clip(0, 1).astype(numpy.float32)[None]


def work(name, folder, ends):
    """Loads, answers once, then times as many inferences as each line of the standard input says."""
    import numpy

    # Engines print to the standard output.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    picture = person()
    began = time.perf_counter()
    run = (litert if name.startswith("LiteRT") else ncnn_net)(ENGINES[name], folder, ends, picture)
    answer = run()
    start = time.perf_counter() - began
    numpy.save(folder / f"{name}.npy", answer)
    print(json.dumps({"start": start}), file=out, flush=True)
    for line in sys.stdin:
        times, cpu = [], time.process_time()
        for _ in range(int(line)):
            start = time.perf_counter()
            run()
            times.append(1e3 * (time.perf_counter() - start))
        cpu = 1e3 * (time.process_time() - cpu) / len(times)
        print(json.dumps({"min": min(times), "p50": statistics.median(times), "cpu": cpu}), file=out, flush=True)


# ---- all of them, in turns


def ours(gpucam, folder, frames):
    report = folder / "gpucam.json"
    command = [gpucam, "bench", "--size", "1280x720", "--frames", str(frames), "--rounds", "1", "--no-start", "--json", str(report)]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "GPUCAM_CONFIG": "none"})
    report = json.loads(report.read_text())
    rows = {row["name"]: row for row in report["rows"]}
    model, whole = rows["model"], rows["whole frame, GPU"]
    cpu = rows["CPU of the process, a frame"]["p50"] * model["p50"] / whole["p50"]
    return report["adapter"], {"min": model["min"], "p50": model["p50"], "cpu": cpu}


def say(process):
    """An engine's next line of JSON; None if it has ended."""
    line = process.stdout.readline()
    return json.loads(line) if line else None


def main():
    gpucam, rounds, count = sys.argv[1], *([int(word) for word in sys.argv[2:4]] + [5, 20][len(sys.argv) - 2 :])
    if not model_file().exists():
        sys.exit(f"peers.py: left out: {model_file()} is not there (gpucam models fetch)")
    try:
        import ai_edge_litert, ncnn, numpy, tflite  # fmt: skip
    except ImportError as error:
        sys.exit(f"peers.py: left out: {error}; pip install ai-edge-litert ncnn tflite numpy")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        ends = convert(model_file(), folder)
        running, starts, times = {}, {}, {"gpucam": []}
        for name in ENGINES:
            command = [sys.executable, __file__, "--engine", name, str(folder), *ends]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
            process = subprocess.Popen(command, env={**os.environ, "XDG_CACHE_HOME": str(folder)}, **pipes)
            if (began := say(process)) is None:
                print(f"{name} does not start on this adapter.", file=sys.stderr)
                continue
            running[name], starts[name], times[name] = process, began["start"], []
        wanted = numpy.load(folder / "LiteRT, CPU.npy")
        if numpy.ptp(wanted) < 0.9:
            sys.exit("peers.py: the model does not see the drawn person, so a comparison would say nothing")
        apart = {name: float(abs(numpy.load(folder / f"{name}.npy") - wanted).max()) for name in running}
        for turn in range(rounds):
            adapter, row = ours(gpucam, folder, max(8, count))
            times["gpucam"].append(row)
            for name, process in running.items():
                print(count, file=process.stdin, flush=True)
                times[name].append(say(process))
            print(f"turn {turn + 1}: " + ", ".join(f"{name} {found[-1]['p50']:.1f}" for name, found in times.items()), file=sys.stderr)
        for process in running.values():
            process.stdin.close()
            process.wait(20)
    print(f"{adapter}, {rounds} turns of {count}; gpucam: the pass `model` by GPU timestamps; others: an inference with its answer read back.\n")
    print("| engine | min ms | p50 ms | p50 over gpucam's | CPU over gpucam's | first answer, s | apart from LiteRT on the CPU |")
    print("|---|---|---|---|---|---|---|")
    for name, found in times.items():
        least, middle = min(row["min"] for row in found), statistics.median(row["p50"] for row in found)
        pairs = list(zip(found, times["gpucam"]))
        slower, cpu = (statistics.median(a[key] / b[key] for a, b in pairs) for key in ("p50", "cpu"))
        start, off = (f"{starts[name]:.1f}", f"{apart[name]:.1e}") if name in starts else ("", "")
        wrong = " **wrong**" if name in apart and not apart[name] < CLOSE else ""
        print(f"| {name} | {least:.1f} | {middle:.1f} | {slower:.2f} | {cpu:.2f} | {start} | {off}{wrong} |")


if sys.argv[1:2] == ["--engine"]:
    work(sys.argv[2], Path(sys.argv[3]), sys.argv[4:])
elif len(sys.argv) < 2:
    sys.exit(__doc__)
else:
    main()
