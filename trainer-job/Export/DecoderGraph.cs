using Pipeline.Generation;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Onnx;
using static Pipeline.TrainerJob.Export.GraphWriter;
using DataType = Pipeline.TrainerJob.Onnx.TensorProto.Types.DataType;

namespace Pipeline.TrainerJob.Export;

/// <summary>
/// GPT-2 as one ONNX graph of ONNX Runtime's fused operators, with a key-value cache that is written in place and logits of the last
/// position only. Rows of different length are padded on the right; the attention mask tells their lengths.
/// Operators: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md.
/// </summary>
/// <param name="weights">The model.</param>
/// <param name="data">Takes the tensors.</param>
/// <param name="plan">How linear layers and the embedding are stored.</param>
internal sealed class DecoderGraph(DecoderWeights weights, ExternalData data, WeightPlan plan)
{
    private readonly GraphWriter _graph = new();

    private ModelShape Shape => weights.Config.Shape;

    /// <summary>Writes all tensors and gives the graph.</summary>
    public GraphProto Build()
    {
        var cacheShape = new[] { "batch", $"{Shape.Heads}", "past_sequence_length", $"{weights.HeadSize}" };
        var ids = _graph.Input("input_ids", DataType.Int64, "batch", "sequence");
        var mask = _graph.Input("attention_mask", DataType.Int64, "batch", "total_sequence_length");
        var positions = _graph.Input("position_ids", DataType.Int64, "batch", "sequence");
        _graph.Output("logits", DataType.Float, "batch", "1", $"{Shape.Vocabulary}");
        foreach (var (layer, part) in CacheParts())
        {
            _graph.Input($"past_key_values.{layer}.{part}", DataType.Float, cacheShape);
            _graph.Output($"present.{layer}.{part}", DataType.Float, "batch", $"{Shape.Heads}", "present_sequence_length", $"{weights.HeadSize}");
        }

        Lengths(ids, mask);
        var head = Embedding(ids);
        _graph.Node("Gather", "position", [Vector("transformer.wpe.weight", Shape.Context, Shape.Width), positions]);
        var (normal, sum) = Normalize(Shape.IsCtrl ? _graph.Node("Mul", "token.scaled", ["token", Vector("token.factor", [MathF.Sqrt(Shape.Width)])]) : "token", "position", "h.0.ln_1", bias: "");
        for (var layer = 0; layer < Shape.Layers; layer++)
        {
            (normal, sum) = Block(layer, normal, sum);
        }

        _graph.Node("GatherND", "last", [normal, "last_index"], Attribute("batch_dims", 1));
        head("last", "logits");
        return _graph.Graph;
    }

    private IEnumerable<(int Layer, string Part)> CacheParts() =>
        Enumerable.Range(0, Shape.Layers).SelectMany(layer => new[] { (layer, "key"), (layer, "value") });

    // GroupQueryAttention wants each row's length - 1 and the longest length; both are in the mask. The last real position among the new
    // tokens is min(length, sequence) - 1: a first prompt holds the whole row, a later step one token, and a longer
    // continuation is for one row, which has no padding.
    private void Lengths(string ids, string mask)
    {
        var one = _graph.Constant("one", 1);
        _graph.Node("ReduceSum", "length", [mask, one], Attribute("keepdims", 0));
        _graph.Node("Sub", "length_less_one", ["length", one]);
        _graph.Node("Cast", "seqlens_k", ["length_less_one"], Attribute("to", (int)DataType.Int32));
        _graph.Node("Shape", "total_length", [mask], Attribute("start", 1));
        _graph.Node("Cast", "total_sequence_length", ["total_length"], Attribute("to", (int)DataType.Int32));
        _graph.Node("Shape", "sequence_length", [ids], Attribute("start", 1));
        _graph.Node("Sub", "sequence_less_one", ["sequence_length", one]);
        _graph.Node("Min", "last_of_row", ["length_less_one", "sequence_less_one"]);
        _graph.Node("Unsqueeze", "last_index", ["last_of_row", _graph.Constant("index_axes", 1, 2)]);
    }

    // The embedding's table is the head's matrix too; it is stored once and both initializers point at the same bytes.
    private Action<string, string> Embedding(string ids)
    {
        const string name = WeightPlan.Embedding;
        var (width, vocabulary) = (Shape.Width, Shape.Vocabulary);
        if (plan.Format(name, width) is not { } format)
        {
            var table = Vector(name, vocabulary, width);
            _graph.Node("Gather", "token", [table, ids]);
            return (input, output) =>
            {
                var scores = _graph.Fused("FusedMatMul", Shape.IsCtrl ? "scores" : output, [input, table], Attribute("transB", 1));
                if (Shape.IsCtrl)
                {
                    _graph.Node("Add", output, [scores, Vector(Gpt2Parameters.HeadBias, Shape.Vocabulary)]);
                }
            };
        }

        var matrix = weights.Quantized((row, to) => weights[name].Slice(row * width, width).CopyTo(to), vocabulary, width, format);
        var stored = new StoredMatrix(matrix, _graph, data, name);
        var padded = matrix.Blocks * matrix.Format.Size != width;
        _graph.Fused("GatherBlockQuantized", padded ? "token.padded" : "token", stored.Table(ids),
            Attribute("gather_axis", 0), Attribute("quantize_axis", 1), Attribute("block_size", format.Size), Attribute("bits", format.Bits));
        if (padded)
        {
            _graph.Node("Slice", "token", ["token.padded", _graph.Constant("zero", 0), _graph.Constant("width", width), _graph.Constant("last_axis", 2)]);
        }

        return (input, output) => MatMulNBits(output, input, stored, Shape.IsCtrl ? Vector(Gpt2Parameters.HeadBias, Shape.Vocabulary) : "");
    }

    private (string Normal, string Sum) Block(int layer, string normal, string sum)
    {
        var linears = weights.Linears(layer).ToDictionary(linear => linear.Name);
        var prefix = $"h.{layer}.";
        var qkv = Linear(prefix, linears["attn.c_attn"], normal, withBias: true);
        _graph.Node(MicrosoftDomain, "GroupQueryAttention", [prefix + "attention", $"present.{layer}.key", $"present.{layer}.value"],
            [qkv, "", "", $"past_key_values.{layer}.key", $"past_key_values.{layer}.value", "seqlens_k", "total_sequence_length"],
            [Attribute("num_heads", Shape.Heads), Attribute("kv_num_heads", Shape.Heads), Attribute("scale", 1 / MathF.Sqrt(Shape.HeadSize))]);
        var attended = Linear(prefix, linears["attn.c_proj"], prefix + "attention", withBias: false);
        (normal, sum) = Normalize(attended, sum, prefix + "ln_2", Bias(prefix, linears["attn.c_proj"]));

        var inner = linears["mlp.c_fc"];
        // A quantised product adds its bias for free, a 32-bit one leaves it to the activation.
        var quantized = plan.Format(prefix + inner.Name, inner.Inputs) is not null;
        var hidden = Linear(prefix, inner, normal, withBias: quantized || Shape.IsCtrl);
        if (Shape.IsCtrl)
        {
            _graph.Node("Relu", prefix + "gelu", [hidden]);
        }
        else
        {
            _graph.Fused("FastGelu", prefix + "gelu", quantized ? [hidden] : [hidden, Bias(prefix, inner)]);
        }

        var projected = Linear(prefix, linears["mlp.c_proj"], prefix + "gelu", withBias: false);
        var next = layer + 1 < Shape.Layers ? $"h.{layer + 1}.ln_1" : "ln_f";
        return Normalize(projected, sum, next, Bias(prefix, linears["mlp.c_proj"]));
    }

    // Adds the branch and its bias to the residual stream and gives the sum with its layer norm in one pass.
    private (string Normal, string Sum) Normalize(string branch, string residual, string name, string bias)
    {
        var scale = Vector($"transformer.{name}.weight", Shape.Width);
        var shift = Vector($"transformer.{name}.bias", Shape.Width);
        string[] inputs = bias.Length == 0 ? [branch, residual, scale, shift] : [branch, residual, scale, shift, bias];
        _graph.Node(MicrosoftDomain, "SkipLayerNormalization", [name, "", "", name + ".sum"], inputs, [Attribute("epsilon", weights.Config.Epsilon)]);
        return (name, name + ".sum");
    }

    private string Linear(string prefix, LinearLayer linear, string input, bool withBias)
    {
        var name = prefix + linear.Name;
        if (plan.Format(name, linear.Inputs) is { } format)
        {
            var matrix = weights.Quantized(linear.Output, linear.Outputs, linear.Inputs, format);
            return MatMulNBits(name, input, new(matrix, _graph, data, name), withBias ? Bias(prefix, linear) : "");
        }

        var weight = _graph.Initializer(data.Add<float>(name + ".weight", DataType.Float, [linear.Inputs, linear.Outputs], linear.Weight));
        var product = _graph.Node("MatMul", withBias ? name + ".product" : name, [input, weight]);
        return withBias ? _graph.Node("Add", name, [product, Bias(prefix, linear)]) : product;
    }

    // Accuracy level 4 quantises the activations too and multiplies in whole numbers; every other level is several times slower.
    private string MatMulNBits(string output, string input, StoredMatrix matrix, string bias) =>
        _graph.Fused("MatMulNBits", output, matrix.Product(input, bias),
            Attribute("K", matrix.Matrix.Columns), Attribute("N", matrix.Matrix.Rows), Attribute("bits", matrix.Matrix.Format.Bits),
            Attribute("block_size", matrix.Matrix.Format.Size), Attribute("accuracy_level", 4));

    private string Bias(string prefix, LinearLayer linear) =>
        _graph.Initializer(data.Add<float>($"{prefix}{linear.Name}.bias", DataType.Float, [linear.Outputs], linear.Bias));

    private string Vector(string name, float[] values) => _graph.Initializer(data.Add<float>(name, DataType.Float, [values.Length], values));

    private string Vector(string name, params ReadOnlySpan<long> shape) =>
        _graph.Initializer(data.Add(name, DataType.Float, shape, weights[name]));
}
