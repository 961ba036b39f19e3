using Microsoft.ML.OnnxRuntime;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>The kernels of one graph as a domain of custom operators. It has to outlive the session.</summary>
internal sealed unsafe class KernelDomain : IDisposable
{
    /// <summary>The domain's name in the model.</summary>
    public const string Name = "pipeline";

    private readonly void* _domain;
    private readonly List<KernelOperator> _operators = [];

    public KernelDomain(Graph graph, SessionOptions options)
    {
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

    public void Dispose()
    {
        OrtFunctions.ReleaseDomain(_domain);
        _operators.ForEach(kernelOperator => kernelOperator.Dispose());
    }
}
