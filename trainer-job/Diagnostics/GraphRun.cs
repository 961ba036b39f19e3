using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Graphs.Kernels;

namespace Pipeline.TrainerJob.Diagnostics;

/// <summary>Runs a graph once on a device and tells which device computed each of its nodes.</summary>
internal static class GraphRun
{
    /// <summary>The provider that every machine has.</summary>
    public const string Cpu = "CPUExecutionProvider";

    /// <summary>The provider of NVIDIA's devices.</summary>
    public const string Cuda = "CUDAExecutionProvider";

    /// <summary>Runs a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="model">Gives weights and inputs.</param>
    /// <param name="cudaDevice">The device's number, or null for the CPU.</param>
    /// <param name="folder">A folder for the profile.</param>
    /// <exception cref="OnnxRuntimeException">The provider cannot be used.</exception>
    public static (Dictionary<string, float[]> Outputs, Dictionary<string, string> Placement) Once(Graph graph, TinyGpt2 model, int? cudaDevice, string folder)
    {
        using var options = new SessionOptions
        {
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            ProfileOutputPathPrefix = Path.Combine(folder, "profile"),
        };
        options.EnableProfiling = true;
        if (cudaDevice is { } device)
        {
            using var cuda = new OrtCUDAProviderOptions();

            // TF32 keeps ten bits of a product's factors: nothing could be compared to float32 rounding.
            cuda.UpdateOptions(new Dictionary<string, string> { ["device_id"] = $"{device}", ["use_tf32"] = "0" });
            options.AppendExecutionProvider_CUDA(cuda);
        }

        using var kernels = new KernelDomain(graph, options);
        using var session = kernels.Open();
        var inputs = model.Inputs();
        List<IDisposable> owned = [];
        try
        {
            var values = graph.Inputs.Where(input => session.InputNames.Contains(input.Name!)).ToDictionary(input => input.Name!, input => Value(input, inputs, model, owned));
            var names = graph.Outputs.Select(output => output.Name).ToList();
            using var run = new RunOptions();
            using var outputs = session.Run(run, values, names);
            var results = names.Zip(outputs).ToDictionary(pair => pair.First, pair => pair.Second.GetTensorDataAsSpan<float>().ToArray());
            return (results, Placement(session.EndProfiling()));
        }
        finally
        {
            owned.ForEach(value => value.Dispose());
        }
    }

    private static OrtValue Value(GraphValue input, Dictionary<string, Array> inputs, TinyGpt2 model, List<IDisposable> owned)
    {
        if (!inputs.TryGetValue(input.Name!, out var array))
        {
            return model.Parameters[input.Name!].Tensor;
        }

        var value = array is long[] indices
            ? OrtValue.CreateTensorValueFromMemory(indices, input.Shape.ToInt64())
            : OrtValue.CreateTensorValueFromMemory((float[])array, input.Shape.ToInt64());
        owned.Add(value);
        return value;
    }

    /// <summary>The provider of each node, by its name, as the profile tells it.</summary>
    private static Dictionary<string, string> Placement(string profile)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(profile));
        Dictionary<string, string> placement = [];
        foreach (var happened in document.RootElement.EnumerateArray())
        {
            if (happened.TryGetProperty("cat", out var category) && category.GetString() == "Node"
                && happened.TryGetProperty("args", out var details) && details.TryGetProperty("provider", out var provider) && provider.GetString() is { Length: > 0 } name)
            {
                placement[happened.GetProperty("name").GetString()!.Replace("_kernel_time", "", StringComparison.Ordinal)] = name;
            }
        }

        return placement;
    }
}
