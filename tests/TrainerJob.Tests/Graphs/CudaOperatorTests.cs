using System.Globalization;
using Pipeline.Generation;
using Pipeline.Testing;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Onnx;

namespace Pipeline.TrainerJob.Tests.Graphs;

/// <summary>Every operator of every graph that a GPU would run, against the list of those that have CUDA kernels.</summary>
public sealed class CudaOperatorTests
{
    private static readonly ModelShape Shape = new(2, 2, 8, 8, 16);

    private static readonly Dictionary<ElementType, int> TypeColumns = new() { [ElementType.Number] = 3, [ElementType.Half] = 4, [ElementType.BFloat16] = 5 };

    public static MatrixTheoryData<ElementType, bool, bool> Modes => new([ElementType.Number, ElementType.Half, ElementType.BFloat16], [false, true], [false, true]);

    [Theory]
    [MemberData(nameof(Modes))]
    public void Every_operator_has_a_cuda_kernel_of_its_version_and_type(ElementType products, bool adapter, bool dropout)
    {
        var kernels = Kernels();
        var scope = adapter ? new TrainingScope(new LoraSettings(2, 4, LoraTargets.All)) : TrainingScope.Full;
        var plan = new Gpt2Plan(Shape, scope, 2, 8, GraphOperators.Portable, dropout ? 0.1 : 0, products);
        var missing = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var graph in Graphs(plan))
        {
            var model = graph.ToModel();
            Assert.Equal(18, model.OpsetImport.Single(import => import.Domain.Length == 0).Version);
            var types = Types(model.Graph);
            foreach (var node in model.Graph.Node)
            {
                if (Problem(kernels, node, types) is { } problem)
                {
                    missing.Add(problem);
                }
            }
        }

        Assert.Empty(missing);
    }

    [Fact]
    public void The_check_finds_what_has_no_kernel()
    {
        var kernels = Kernels();
        var types = new Dictionary<string, ElementType> { ["x"] = ElementType.BFloat16, ["y"] = ElementType.BFloat16 };
        Assert.NotNull(Problem(kernels, new NodeProto { OpType = "ReduceMean", Input = { "x" }, Output = { "y" } }, types));
        Assert.NotNull(Problem(kernels, new NodeProto { OpType = "LayerNormalizationGrad", Domain = "com.microsoft", Input = { "x" }, Output = { "y" } }, types));
        Assert.Null(Problem(kernels, new NodeProto { OpType = "Mul", Input = { "x" }, Output = { "y" } }, types));
    }

    private static IEnumerable<Graph> Graphs(Gpt2Plan plan)
    {
        foreach (var headRows in new[] { plan.Tokens, plan.Tokens / 2 })
        {
            yield return Gpt2Graph.Training(plan, headRows);
            yield return Gpt2Graph.Evaluation(plan, headRows);
            yield return Gpt2BlockGraphs.Head(plan, headRows, follow: true);
        }

        yield return Gpt2Graph.Inference(plan, hidden: true);
        yield return Gpt2BlockGraphs.Embedding(plan);
        yield return Gpt2BlockGraphs.Block(plan, 0);
        yield return Gpt2BlockGraphs.BlockBackward(plan, 0);
        if (plan.Scope.TrainsParameter(Gpt2Parameters.TokenTable))
        {
            yield return Gpt2BlockGraphs.EmbeddingBackward(plan);
        }
    }

    private static string? Problem(List<string[]> kernels, NodeProto node, Dictionary<string, ElementType> types)
    {
        var name = node.Domain == "com.microsoft" ? "com.microsoft " + node.OpType : node.OpType;
        var row = kernels.Find(cells => cells[0] == name);
        if (row is null)
        {
            return $"{name}: not in the list";
        }

        if (!row[2].Contains("exact", StringComparison.Ordinal) && !row[2].EndsWith('+') && !row[2].StartsWith('['))
        {
            return $"{name}: {row[2]}";
        }

        // Indices and masks are what the operators take there in any type of number.
        var used = node.Input.Concat(node.Output).Where(value => value.Length > 0).Select(value => types[value]).Where(TypeColumns.ContainsKey).Distinct();
        foreach (var type in used.Where(type => !row[TypeColumns[type]].Trim('*').StartsWith("yes", StringComparison.Ordinal)))
        {
            return $"{name}: not in {type}";
        }

        return name == "ScatterND" && used.Any(type => type != ElementType.Number) ? "ScatterND: adding was confirmed in float only" : null;
    }

    private static Dictionary<string, ElementType> Types(GraphProto graph) =>
        graph.Input.Concat(graph.ValueInfo).Concat(graph.Output).Select(value => (value.Name, Type: value.Type.TensorType.ElemType))
            .Concat(graph.Initializer.Select(constant => (constant.Name, Type: constant.DataType)))
            .DistinctBy(value => value.Name)
            .ToDictionary(value => value.Name, value => (ElementType)value.Type);

    /// <summary>Operator, version, kernel, float, float16, bfloat16; a row of several operators is one each.</summary>
    private static List<string[]> Kernels()
    {
        var rows = new List<string[]>();
        foreach (var line in File.ReadLines(ProjectFolders.Shared("reference", "cuda-kernels.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal)))
        {
            var cells = line.Trim('|').Split('|', StringSplitOptions.TrimEntries);
            if (cells.Length >= 6)
            {
                rows.AddRange(cells[0].Split(',', StringSplitOptions.TrimEntries).Select(name => (string[])[name, .. cells[1..]]));
            }
        }

        Assert.True(rows.Count > 40, string.Create(CultureInfo.InvariantCulture, $"only {rows.Count} operators were found in the list"));
        return rows;
    }
}
