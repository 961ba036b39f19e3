using Google.Protobuf;
using Pipeline.Generation;
using Pipeline.TrainerJob.Onnx;

namespace Pipeline.TrainerJob.Export;

/// <summary>
/// The file beside a serving file that other people's tools load (see <see cref="ModelFiles"/>): some kilobytes of graph over the weights
/// of the serving file, under the names that those tools expect.
/// </summary>
internal static class PortableFile
{
    /// <summary>Writes the portable file of a serving file that is in the making; the weights are those it refers to.</summary>
    /// <param name="servingPath">The serving file; its portable file may not be there yet.</param>
    /// <param name="serving">Its content.</param>
    /// <param name="weights">The model.</param>
    public static void Write(string servingPath, ModelProto serving, DecoderWeights weights)
    {
        var model = new ModelProto
        {
            IrVersion = serving.IrVersion,
            ProducerName = serving.ProducerName,
            Graph = new PortableGraph(serving.Graph, weights.Config, weights.HeadSize).Build(),
        };
        var domains = model.Graph.Node.Select(node => node.Domain).ToHashSet();
        model.OpsetImport.Add(serving.OpsetImport.Where(opset => domains.Contains(opset.Domain)));
        // What a serving file says of its form is not true of this one; what both were made of is.
        model.MetadataProps.Add(serving.MetadataProps.Where(property => !property.Key.StartsWith("pipeline.", StringComparison.Ordinal)));
        using var file = new FileStream(ModelFiles.PortableOf(servingPath), FileMode.CreateNew, FileAccess.Write, FileShare.None);
        model.WriteTo(file);
        file.Flush(flushToDisk: true);
    }
}
