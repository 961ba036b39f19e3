using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Graphs.Kernels;

namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>A graph made ready to run by ONNX Runtime.</summary>
internal sealed class CompiledGraph : IDisposable
{
    private readonly Graph _graph;
    private readonly KernelDomain _kernels;
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly List<OrtIoBinding> _bindings = [];
    private readonly bool _profiled;

    public CompiledGraph(Graph graph, TrainingEngineOptions options)
    {
        _graph = graph;
        using var sessionOptions = new SessionOptions
        {
            IntraOpNumThreads = options.Threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            EnableMemoryPattern = options.MemoryPattern,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };

        // Threads that wait busily after a run would take the cores from the optimiser.
        sessionOptions.AddSessionConfigEntry("session.force_spinning_stop", "1");
        if (options.ProfilePrefix is { } prefix)
        {
            // The prefix has to be known before profiling is turned on.
            sessionOptions.ProfileOutputPathPrefix = prefix;
            sessionOptions.EnableProfiling = _profiled = true;
        }

        _kernels = new KernelDomain(graph, sessionOptions);
        _session = new InferenceSession(graph.ToModel().ToByteArray(), sessionOptions);
    }

    /// <summary>Ties every input and output to the memory that <paramref name="tensor"/> gives for its name.</summary>
    public OrtIoBinding Bind(Func<string, GraphValue, OrtValue> tensor)
    {
        var binding = _session.CreateIoBinding();
        _bindings.Add(binding);
        foreach (var input in _graph.Inputs)
        {
            binding.BindInput(input.Name!, tensor(input.Name!, input));
        }

        foreach (var (name, value) in _graph.Outputs)
        {
            binding.BindOutput(name, tensor(name, value));
        }

        return binding;
    }

    /// <summary>Runs the graph once.</summary>
    public void Run(OrtIoBinding binding) => _session.RunWithBinding(_runOptions, binding);

    /// <inheritdoc />
    public void Dispose()
    {
        if (_profiled)
        {
            _session.EndProfiling();
        }

        foreach (var binding in _bindings)
        {
            binding.Dispose();
        }

        _runOptions.Dispose();
        _session.Dispose();
        _kernels.Dispose();
    }
}
