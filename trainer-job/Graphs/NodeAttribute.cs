using Google.Protobuf;
using Pipeline.TrainerJob.Onnx;
using static Pipeline.TrainerJob.Onnx.AttributeProto.Types;

namespace Pipeline.TrainerJob.Graphs;

/// <summary>Makes the attributes of operators.</summary>
internal static class NodeAttribute
{
    public static AttributeProto Of(string name, long value) => new() { Name = name, Type = AttributeType.Int, I = value };

    public static AttributeProto Of(string name, float value) => new() { Name = name, Type = AttributeType.Float, F = value };

    public static AttributeProto Of(string name, string value) =>
        new() { Name = name, Type = AttributeType.String, S = ByteString.CopyFromUtf8(value) };

    public static AttributeProto Of(string name, IEnumerable<int> values) =>
        new() { Name = name, Type = AttributeType.Ints, Ints = { values.Select(value => (long)value) } };
}
