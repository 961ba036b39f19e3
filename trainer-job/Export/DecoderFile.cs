using Google.Protobuf;
using Pipeline.Generation;
using Pipeline.TrainerJob.Onnx;

namespace Pipeline.TrainerJob.Export;

/// <summary>Writes one serving file, the portable file beside it, and the weights of both.</summary>
internal static class DecoderFile
{
    // What the graph needs: Shape with a range (opset 15), GroupQueryAttention; IR version as the ONNX release of opset 17 has it.
    private const int Opset = 17;
    private const int IrVersion = 8;

    /// <summary>Writes <paramref name="path"/> and what <see cref="PortableFile"/> says beside it.</summary>
    /// <param name="path">The ONNX file; none of the files may be there yet.</param>
    /// <param name="weights">The model.</param>
    /// <param name="plan">How weights are stored.</param>
    /// <param name="properties">What the file shall say besides its form, such as the corpus.</param>
    public static void Write(string path, DecoderWeights weights, WeightPlan plan, IReadOnlyDictionary<string, string> properties)
    {
        using var data = new ExternalData(ModelFiles.DataOf(path));
        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "Pipeline",
            Graph = new DecoderGraph(weights, data, plan).Build(),
        };
        data.Flush();
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = Opset });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = GraphWriter.MicrosoftDomain, Version = 1 });
        var metadata = new DecoderMetadata(weights.Config.Shape, weights.HeadSize, plan.Name, Path.GetFileName(ModelFiles.DataOf(path)), data.Length) { Epsilon = weights.Config.Epsilon };
        foreach (var (key, value) in metadata.ToProperties().Concat(properties))
        {
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        }

        if (!weights.Config.Shape.IsCtrl)
        {
            PortableFile.Write(path, model, weights);
        }

        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        model.WriteTo(file);
        file.Flush(flushToDisk: true);
    }
}
