using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Pipeline.Diagnostics;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Training;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Diagnostics;

/// <summary>Looks at a machine before a model is trained on it: what there is, whether it computes right, and how fast.</summary>
/// <param name="folder">A folder for files that are soon gone.</param>
/// <param name="clock">Times the steps.</param>
internal sealed class Doctor(string folder, TimeProvider clock)
{
    // Two orders of adding up float32 differ by less; a wrong kernel differs by far more.
    private const double Tolerance = 1e-4;
    private const int TimedSteps = 5;

    /// <summary>What every machine must do: compute a training step right, and at some speed.</summary>
    /// <param name="reference">A folder of values that another program computed, or null.</param>
    public IEnumerable<Finding> LookAtCpu(string? reference)
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        yield return new("runtime", FindingKind.Good, $"ONNX Runtime {OrtEnv.Instance().GetVersionString()} with {string.Join(", ", OrtEnv.Instance().GetAvailableProviders())}");
        yield return new("machine", FindingKind.Good, FormattableString.Invariant($"{Environment.ProcessorCount} processors, {memory / 1e9:0.0} GB of memory, {RuntimeInformation.OSDescription}"));
        using var model = reference is null ? TinyGpt2.FromSeed() : TinyGpt2.FromReference(reference);
        var (kernels, _) = GraphRun.Once(model.Graph(GraphOperators.Kernels), model, cudaDevice: null, folder);
        var (portable, _) = GraphRun.Once(model.Graph(GraphOperators.Portable), model, cudaDevice: null, folder);
        yield return Compare("a training step on the CPU", model, kernels, portable);
        if (model.ExpectedLoss is { } expected)
        {
            var loss = model.Loss(kernels);
            yield return new("the reference's loss", Math.Abs(loss - expected) <= Tolerance * expected ? FindingKind.Good : FindingKind.Wrong, FormattableString.Invariant($"{loss:0.000000}, expected {expected:0.000000}"));
        }

        yield return new("speed of the CPU", FindingKind.Good, Time());
    }

    /// <summary>Whether a GPU is there, computes every node of a training step, and computes it right.</summary>
    /// <param name="device">The device's number.</param>
    /// <param name="reference">A folder of values that another program computed, or null.</param>
    public IEnumerable<Finding> LookAtCuda(int device, string? reference)
    {
        var (devices, problem) = CudaDriver.Look();
        yield return new("GPU driver", problem is null ? FindingKind.Good : FindingKind.Missing, problem ?? string.Join("; ", devices));
        var built = OrtEnv.Instance().GetAvailableProviders().Contains(GraphRun.Cuda);
        yield return new("GPU provider", built ? FindingKind.Good : FindingKind.Missing, built
            ? GraphRun.Cuda
            : "this build of ONNX Runtime computes on the CPU alone: use the GPU image of the trainer job, which has Microsoft.ML.OnnxRuntime.Gpu, CUDA and cuDNN");
        if (problem is not null || !built)
        {
            yield break;
        }

        if (device >= devices.Count)
        {
            yield return new("GPU", FindingKind.Missing, $"there is no device {device}; there are {devices.Count}, counted from 0");
            yield break;
        }

        using var model = reference is null ? TinyGpt2.FromSeed() : TinyGpt2.FromReference(reference);
        var (expected, _) = GraphRun.Once(model.Graph(GraphOperators.Kernels), model, cudaDevice: null, folder);
        (Dictionary<string, float[]> Outputs, Dictionary<string, string> Placement) run = ([], []);
        string? failure = null;
        var started = clock.GetTimestamp();
        try
        {
            run = GraphRun.Once(model.Graph(GraphOperators.Portable), model, device, folder);
        }
        catch (OnnxRuntimeException exception)
        {
            // Its message names the library of CUDA or cuDNN that is missing.
            failure = exception.Message;
        }

        if (failure is not null)
        {
            yield return new("GPU session", FindingKind.Missing, failure);
            yield break;
        }

        yield return Placed(run.Placement);
        yield return Compare("a training step on the GPU, TF32 off", model, expected, run.Outputs);
        yield return new("speed of the GPU", FindingKind.Good, FormattableString.Invariant($"first step, session included: {clock.GetElapsedTime(started).TotalSeconds:0.00} s"));
    }

    /// <summary>Whether every node was computed on the GPU.</summary>
    internal static Finding Placed(IReadOnlyDictionary<string, string> placement)
    {
        string[] elsewhere = [.. placement.Where(node => node.Value != GraphRun.Cuda).Select(node => $"{node.Key} ({node.Value})").Order(StringComparer.Ordinal)];
        return elsewhere.Length == 0
            ? new("placement", FindingKind.Good, $"all {placement.Count} nodes on the GPU")
            : new("placement", FindingKind.Wrong, $"{elsewhere.Length} of {placement.Count} nodes are not computed on the GPU: {string.Join(", ", elsewhere)}");
    }

    private static Finding Compare(string check, TinyGpt2 model, Dictionary<string, float[]> expected, Dictionary<string, float[]> found)
    {
        var (worst, distance) = ("", 0.0);
        foreach (var (name, values) in expected)
        {
            // Relative to the tensor's largest number: a gradient of nothing but rounding must not decide.
            var scale = values.Max(Math.Abs) + 1e-6;
            var largest = values.Zip(found[name]).Max(pair => double.IsFinite(pair.Second) ? Math.Abs(pair.First - pair.Second) / scale : double.PositiveInfinity);
            if (largest > distance && !name.EndsWith("attn.c_attn.bias", StringComparison.Ordinal))
            {
                (worst, distance) = (name, largest);
            }
        }

        return new(
            check,
            distance <= Tolerance ? FindingKind.Good : FindingKind.Wrong,
            FormattableString.Invariant($"loss {model.Loss(found):0.000000}, {expected.Count} tensors, largest difference {distance:0.0e+0} of a tensor's scale") + (distance <= Tolerance ? "" : $" in {worst}"));
    }

    private string Time()
    {
        var preset = TrainingPreset.Small;
        var shape = new Generation.ModelShape(preset.Layers, preset.Heads, preset.Width, preset.Context, preset.MaxVocabulary);
        using var engine = new OnnxTrainingEngine(shape, Gpt2Initializer.Random(shape, seed: 1), preset);
        var batch = new TrainingBatch(preset.Rows, preset.Context);
        for (var i = 0; i < batch.InputIds.Length; i++)
        {
            (batch.InputIds[i], batch.PositionIds[i], batch.Labels[i]) = (i % shape.Vocabulary, i % preset.Context, (i + 1) % shape.Vocabulary);
        }

        var best = TimeSpan.MaxValue;
        for (var step = 1; step <= TimedSteps; step++)
        {
            var started = clock.GetTimestamp();
            engine.Accumulate(batch, 1.0 / batch.Labels.Length);
            engine.Update(step, 1e-3);
            var time = clock.GetElapsedTime(started);
            best = time < best ? time : best;
        }

        // Six operations a parameter and token: two forward, four backward.
        return FormattableString.Invariant(
            $"{batch.InputIds.Length / best.TotalSeconds:#,0} tokens/s at {shape.Parameters / 1e6:0.0} million parameters, {6.0 * shape.Parameters * batch.InputIds.Length / best.TotalSeconds / 1e9:0} GFLOP/s");
    }
}
