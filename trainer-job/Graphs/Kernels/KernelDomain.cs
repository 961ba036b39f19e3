using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>The kernels of one graph as a domain of custom operators. It has to outlive the session.</summary>
internal sealed unsafe class KernelDomain : IDisposable
{
    /// <summary>The domain's name in the model.</summary>
    public const string Name = "pipeline";

    // ONNX Runtime notes a domain that is new to the process without a lock, and refuses one that two sessions bring at once.
    private static readonly Lock _noting = new();
    private static volatile bool _noted;

    private readonly Graph _graph;
    private readonly SessionOptions _options;
    private readonly void* _domain;
    private readonly List<KernelOperator> _operators = [];

    /// <summary>Makes the domain.</summary>
    /// <param name="graph">The graph, which is whole.</param>
    /// <param name="options">How its session is to be opened; gets to know the domain.</param>
    public KernelDomain(Graph graph, SessionOptions options)
    {
        (_graph, _options) = (graph, options);
        _domain = OrtFunctions.CreateDomain(Name);
        foreach (var node in graph.Nodes.Where(node => node.Kernel is not null).DistinctBy(node => node.Operator))
        {
            var kernelOperator = new KernelOperator(node);
            _operators.Add(kernelOperator);
            OrtFunctions.AddOperator(_domain, kernelOperator.Description);
        }

        if (_operators.Count > 0)
        {
            OrtFunctions.AddDomain(options.DangerousGetHandle(), _domain);
        }
    }

    /// <summary>A session of the graph. Several threads may open theirs at once.</summary>
    public InferenceSession Open()
    {
        var model = _graph.ToModel().ToByteArray();
        if (_noted || _operators.Count == 0)
        {
            return new InferenceSession(model, _options);
        }

        lock (_noting)
        {
            var session = new InferenceSession(model, _options);
            _noted = true;
            return session;
        }
    }

    public void Dispose()
    {
        OrtFunctions.ReleaseDomain(_domain);
        _operators.ForEach(kernelOperator => kernelOperator.Dispose());
    }
}
