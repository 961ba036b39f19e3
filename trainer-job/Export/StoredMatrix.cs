using DataType = Pipeline.TrainerJob.Onnx.TensorProto.Types.DataType;

namespace Pipeline.TrainerJob.Export;

/// <summary>A quantised matrix in a graph's data: its values once, whether it is multiplied with, looked up in, or both.</summary>
internal sealed class StoredMatrix
{
    private readonly GraphWriter _graph;
    private readonly ExternalData _data;
    private readonly string _name;
    private readonly long _offset;
    private readonly string _scales;
    private readonly string _zeroPoints;

    public StoredMatrix(BlockMatrix matrix, GraphWriter graph, ExternalData data, string name)
    {
        (Matrix, _graph, _data, _name) = (matrix, graph, data, name);
        _offset = data.Append(matrix.Values);
        _scales = graph.Initializer(data.Add<float>(name + ".scales", DataType.Float, [matrix.Rows, matrix.Blocks], matrix.Scales));
        _zeroPoints = matrix.ZeroPoints.Length == 0
            ? ""
            : graph.Initializer(data.Add<byte>(name + ".zero_points", DataType.Uint8, [matrix.Rows, matrix.ZeroPointBytes], matrix.ZeroPoints));
    }

    /// <summary>The matrix.</summary>
    public BlockMatrix Matrix { get; }

    /// <summary>Inputs of a MatMulNBits node.</summary>
    public string[] Product(string input, string bias)
    {
        var values = Initializer(".weight", Matrix.Rows, Matrix.Blocks, Matrix.BlockBytes);
        return bias.Length > 0 ? [input, values, _scales, _zeroPoints, "", bias] : _zeroPoints.Length > 0 ? [input, values, _scales, _zeroPoints] : [input, values, _scales];
    }

    /// <summary>Inputs of a GatherBlockQuantized node.</summary>
    public string[] Table(string ids)
    {
        var values = Initializer(".table", Matrix.Rows, (long)Matrix.Blocks * Matrix.BlockBytes);
        return _zeroPoints.Length > 0 ? [values, ids, _scales, _zeroPoints] : [values, ids, _scales];
    }

    private string Initializer(string suffix, params ReadOnlySpan<long> shape) =>
        _graph.Initializer(_data.Shared(_name + suffix, DataType.Uint8, shape, _offset, Matrix.Values.LongLength));
}
