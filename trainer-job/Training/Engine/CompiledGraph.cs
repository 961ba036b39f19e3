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
    private readonly Dictionary<OrtIoBinding, List<(string Name, OrtValue Tensor)>> _bindings = [];
    private readonly ExecutionDevice _device;
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

        RuntimeMemory.Share(sessionOptions);

        // Threads that wait busily after a run would take the cores from the optimiser.
        sessionOptions.AddSessionConfigEntry("session.force_spinning_stop", "1");
        if (options.ProfilePrefix is { } prefix)
        {
            // The prefix has to be known before profiling is turned on.
            sessionOptions.ProfileOutputPathPrefix = prefix;
            sessionOptions.EnableProfiling = _profiled = true;
        }

        _kernels = new KernelDomain(graph, sessionOptions);
        _device = options.Device;
        _session = _device.Guard(() =>
        {
            _device.Apply(sessionOptions);
            return _kernels.Open();
        });
    }

    /// <summary>Ties every input and output to the memory that <paramref name="tensor"/> gives for its name.</summary>
    public OrtIoBinding Bind(Func<string, GraphValue, OrtValue> tensor)
    {
        var binding = _session.CreateIoBinding();
        _bindings.Add(binding, [.. _graph.Inputs.Select(input => (input.Name!, tensor(input.Name!, input)))]);
        BindInputs(binding);
        foreach (var (name, value) in _graph.Outputs)
        {
            binding.BindOutput(name, tensor(name, value));
        }

        return binding;
    }

    /// <summary>Runs the graph once.</summary>
    /// <exception cref="DeviceException">The device's memory does not suffice, or it failed.</exception>
    public void Run(OrtIoBinding binding) => _device.Guard(() =>
    {
        if (_device.CopiesInputs)
        {
            // They were copied when they were bound and have been written to since.
            BindInputs(binding);
            binding.SynchronizeBoundInputs();
        }

        _session.RunWithBinding(_runOptions, binding);
        if (_device.CopiesInputs)
        {
            binding.ClearBoundInputs();
        }

        return true;
    });

    private void BindInputs(OrtIoBinding binding)
    {
        foreach (var (name, value) in _bindings[binding])
        {
            binding.BindInput(name, value);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_profiled)
        {
            _session.EndProfiling();
        }

        foreach (var binding in _bindings.Keys)
        {
            binding.Dispose();
        }

        _runOptions.Dispose();
        _session.Dispose();
        _kernels.Dispose();
    }
}
