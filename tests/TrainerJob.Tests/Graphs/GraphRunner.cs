using Microsoft.ML.OnnxRuntime;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Graphs.Kernels;

namespace Pipeline.TrainerJob.Tests.Graphs;

/// <summary>Runs a graph once.</summary>
internal static class GraphRunner
{
    public static Dictionary<string, float[]> Run(Graph graph, IReadOnlyDictionary<string, Array> inputs, int threads = 2)
    {
        using var options = new SessionOptions { IntraOpNumThreads = threads, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using var kernels = new KernelDomain(graph, options);
        using var session = kernels.Open();
        var values = graph.Inputs.Where(input => session.InputNames.Contains(input.Name!)).ToDictionary(
            input => input.Name!,
            input => inputs[input.Name!] is long[] indices
                ? OrtValue.CreateTensorValueFromMemory(indices, input.Shape.ToInt64())
                : OrtValue.CreateTensorValueFromMemory((float[])inputs[input.Name!], input.Shape.ToInt64()));
        var names = graph.Outputs.Select(output => output.Name).ToList();
        using var run = new RunOptions();
        using var outputs = session.Run(run, values, names);
        var results = names.Zip(outputs).ToDictionary(pair => pair.First, pair => pair.Second.GetTensorDataAsSpan<float>().ToArray());
        foreach (var value in values.Values)
        {
            value.Dispose();
        }

        return results;
    }
}
