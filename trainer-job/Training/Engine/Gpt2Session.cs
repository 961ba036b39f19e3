using System.Diagnostics;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Graphs.Kernels;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>One compiled graph of the model for one size of batch, with its inputs bound to memory that is reused at each run.</summary>
internal sealed class Gpt2Session : IDisposable
{
    private readonly KernelDomain _kernels;
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly Dictionary<string, long[]> _indices = [];
    private readonly Dictionary<string, float[]> _numbers = [];
    private readonly List<IDisposable> _owned = [];
    private readonly List<(string Name, OrtValue Value)> _inputs = [];
    private readonly List<(string Name, OrtValue Value)> _outputs = [];
    private readonly bool _profiled;

    public Gpt2Session(Graph graph, Func<string, Parameter> parameter, TrainingEngineOptions options)
    {
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
        foreach (var input in graph.Inputs)
        {
            var name = input.Name!;
            _inputs.Add((name, name.StartsWith(Gpt2Parameters.Prefix, StringComparison.Ordinal) ? parameter(name).Tensor : Allocate(name, input)));
        }

        foreach (var (name, value) in graph.Outputs.Where(output => !output.Name.StartsWith(Gpt2Graph.GradientOf(""), StringComparison.Ordinal)))
        {
            _outputs.Add((name, Allocate(name, value)));
        }
    }

    /// <summary>Binds the inputs, the outputs, and the gradients to a set of the trainable parameters' names.</summary>
    public OrtIoBinding Bind(ParameterSet? gradients)
    {
        var binding = _session.CreateIoBinding();
        _owned.Add(binding);
        foreach (var (name, value) in _inputs)
        {
            binding.BindInput(name, value);
        }

        foreach (var (name, value) in _outputs)
        {
            binding.BindOutput(name, value);
        }

        foreach (var gradient in gradients ?? Enumerable.Empty<Parameter>())
        {
            binding.BindOutput(Gpt2Graph.GradientOf(gradient.Name), gradient.Tensor);
        }

        return binding;
    }

    /// <summary>The memory of an index tensor that is an input.</summary>
    public Span<long> Indices(string name) => _indices[name];

    /// <summary>The memory of any other tensor that is an input or an output.</summary>
    public Span<float> Numbers(string name) => _numbers[name];

    /// <summary>Runs the graph once.</summary>
    public void Run(OrtIoBinding binding) => _session.RunWithBinding(_runOptions, binding);

    /// <inheritdoc />
    public void Dispose()
    {
        if (_profiled)
        {
            _session.EndProfiling();
        }

        foreach (var owned in Enumerable.Reverse(_owned))
        {
            owned.Dispose();
        }

        _runOptions.Dispose();
        _session.Dispose();
        _kernels.Dispose();
    }

    private OrtValue Allocate(string name, GraphValue value)
    {
        var tensor = value.Type switch
        {
            ElementType.Index => OrtValue.CreateTensorValueFromMemory(_indices[name] = new long[value.Shape.Elements], value.Shape.ToInt64()),
            ElementType.Number => OrtValue.CreateTensorValueFromMemory(_numbers[name] = new float[value.Shape.Elements], value.Shape.ToInt64()),
            _ => throw new UnreachableException(),
        };
        _owned.Add(tensor);
        return tensor;
    }
}
