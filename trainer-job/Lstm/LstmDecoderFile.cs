using Google.Protobuf;
using Pipeline.Generation;
using Pipeline.Generation.Lstm;
using Pipeline.TrainerJob.Export;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Onnx;
using static Pipeline.TrainerJob.Export.GraphWriter;
using DataType = Pipeline.TrainerJob.Onnx.TensorProto.Types.DataType;

namespace Pipeline.TrainerJob.Lstm;

/// <summary>
/// An LSTM as one ONNX graph: any number of tokens of any number of rows go on from a state, and give the scores after the last and the state
/// there. Standard operators only (https://onnx.ai/onnx/operators/onnx__LSTM.html).
/// </summary>
internal sealed class LstmDecoderFile(LstmConfig config, ParameterSet parameters, ExternalData data)
{
    private const int Opset = 17;
    private const int IrVersion = 8;

    // Where ONNX's gates i, o, f, c are in PyTorch's order i, f, g, o.
    private static readonly int[] GateOrder = [0, 3, 1, 2];

    private readonly GraphWriter _graph = new();

    /// <summary>Writes the file and its data beside it; neither may be there yet.</summary>
    public static void Write(string path, LstmConfig config, ParameterSet parameters, IReadOnlyDictionary<string, string> properties)
    {
        using var data = new ExternalData(ModelFiles.DataOf(path));
        var model = new ModelProto { IrVersion = IrVersion, ProducerName = "Pipeline", Graph = new LstmDecoderFile(config, parameters, data).Build() };
        data.Flush();
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = Opset });
        var metadata = new DecoderMetadata(config.AsModelShape, 1, "none", Path.GetFileName(ModelFiles.DataOf(path)), data.Length) { Architecture = LstmConfig.ModelType };
        foreach (var (key, value) in metadata.ToProperties().Concat(properties))
        {
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        }

        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        model.WriteTo(file);
        file.Flush(flushToDisk: true);
    }

    private GraphProto Build()
    {
        var shape = config.Shape;
        var ids = _graph.Input("input_ids", DataType.Int64, "batch", "sequence");
        _graph.Output("logits", DataType.Float, "batch", "1", $"{shape.Vocabulary}");
        _graph.Node("Gather", "tokens", [Tensor(LstmParameters.Embedding, shape.Vocabulary, shape.Embedding), ids]);
        var x = Transpose("steps", "tokens", 1, 0, 2);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            x = Layer(layer, x);
        }

        _graph.Node("Gather", "last", [x, _graph.Constant("minus_one", -1)], Attribute("axis", 0));
        _graph.Node("MatMul", "scores", [Transpose("last_of_row", "last", 1, 0, 2), Turned(LstmParameters.Head, shape.Vocabulary, shape.Hidden)]);
        _graph.Node("Add", "logits", ["scores", Tensor(LstmParameters.HeadBias, shape.Vocabulary)]);
        return _graph.Graph;
    }

    private string Layer(int layer, string x)
    {
        var (hidden, inputs) = (config.Shape.Hidden, layer == 0 ? config.Shape.Embedding : config.Shape.Hidden);
        string[] state = ["h", "c"];
        foreach (var part in state)
        {
            _graph.Input(LstmConfig.PastOf(layer, part), DataType.Float, "1", "batch", $"{hidden}");
            _graph.Output(LstmConfig.PresentOf(layer, part), DataType.Float, "1", "batch", $"{hidden}");
        }

        var (name, biases) = ($"layer.{layer}", new float[8 * hidden]);
        Reordered("bias_ih", layer, 1).CopyTo(biases, 0);
        Reordered("bias_hh", layer, 1).CopyTo(biases, 4 * hidden);
        _graph.Node(
            "",
            "LSTM",
            [name + ".directions", LstmConfig.PresentOf(layer, "h"), LstmConfig.PresentOf(layer, "c")],
            [
                x,
                Store<float>(name + ".input", [1, 4 * hidden, inputs], Reordered("weight_ih", layer, inputs)),
                Store<float>(name + ".hidden", [1, 4 * hidden, hidden], Reordered("weight_hh", layer, hidden)),
                Store<float>(name + ".bias", [1, 8 * hidden], biases),
                "",
                LstmConfig.PastOf(layer, "h"),
                LstmConfig.PastOf(layer, "c"),
            ],
            [Attribute("hidden_size", hidden)]);
        return _graph.Node("Squeeze", name, [name + ".directions", _graph.Constant(name + ".axis", 1)]);
    }

    private float[] Reordered(string part, int layer, int columns)
    {
        var values = parameters[LstmParameters.Of(part, layer)].Values;
        var gate = config.Shape.Hidden * columns;
        var reordered = new float[values.Length];
        for (var i = 0; i < GateOrder.Length; i++)
        {
            values.Slice(GateOrder[i] * gate, gate).CopyTo(reordered.AsSpan(i * gate));
        }

        return reordered;
    }

    private string Turned(string name, int rows, int columns)
    {
        var (values, turned) = (parameters[name].Values.ToArray(), new float[rows * columns]);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                turned[(column * rows) + row] = values[(row * columns) + column];
            }
        }

        return Store<float>(name, [columns, rows], turned);
    }

    private string Transpose(string output, string input, params ReadOnlySpan<long> order)
    {
        var permutation = new AttributeProto { Name = "perm", Type = AttributeProto.Types.AttributeType.Ints };
        permutation.Ints.AddRange(order.ToArray());
        return _graph.Node("Transpose", output, [input], permutation);
    }

    private string Tensor(string name, params ReadOnlySpan<long> shape) => Store<float>(name, shape, parameters[name].Values);

    private string Store<T>(string name, ReadOnlySpan<long> shape, ReadOnlySpan<T> values)
        where T : unmanaged => _graph.Initializer(data.Add(name, DataType.Float, shape, values));
}
