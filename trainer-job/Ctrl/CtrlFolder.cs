using Pipeline.Generation;
using Pipeline.Generation.Ctrl;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Safetensors;

namespace Pipeline.TrainerJob.Ctrl;

/// <summary>
/// A CTRL in a folder of Hugging Face's layout (<c>Salesforce/ctrl</c>). In memory its tensors have the names and forms of GPT-2's, which its
/// blocks share: queries, keys and values in one matrix, linear layers as [in, out], positions as a table.
/// </summary>
internal static class CtrlFolder
{
    private const string HeadBias = "lm_head.bias";

    private const string Prefix = "transformer.";

    /// <summary>Reads a model; float16 and bfloat16 become float32. The caller disposes of the parameters.</summary>
    /// <exception cref="ModelException">The description is missing or cannot be used.</exception>
    /// <exception cref="ModelFolderException">Weights are missing or differ from the description; every difference is named.</exception>
    public static (ModelShape Shape, ParameterSet Parameters) Load(string folder)
    {
        var shape = CtrlConfig.Read(folder).Shape;
        using var files = new CtrlTensors(folder);
        files.Demand(folder, Stored(shape));
        var parameters = Gpt2Parameters.Allocate(shape);
        try
        {
            files.Read(Prefix + "w.weight", parameters[Gpt2Parameters.TokenTable].Values);
            files.Read(HeadBias, parameters[Gpt2Parameters.HeadBias].Values);
            CtrlConfig.PositionTable(shape.Context, shape.Width).CopyTo(parameters[Gpt2Parameters.PositionTable].Values);
            files.Read(Prefix + "layernorm.weight", parameters[Gpt2Parameters.FinalNorm + ".weight"].Values);
            files.Read(Prefix + "layernorm.bias", parameters[Gpt2Parameters.FinalNorm + ".bias"].Values);
            for (var layer = 0; layer < shape.Layers; layer++)
            {
                foreach (var part in Parts(shape, layer))
                {
                    part.Read(files, parameters);
                }
            }

            return (shape, parameters);
        }
        catch
        {
            parameters.Dispose();
            throw;
        }
    }

    /// <summary>Looks at names and sizes alone.</summary>
    /// <exception cref="ModelFolderException">Weights are missing or differ from the description; every difference is named.</exception>
    public static void Check(string folder, ModelShape shape)
    {
        using var files = new CtrlTensors(folder);
        files.Demand(folder, Stored(shape));
    }

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>, each complete or not at all.</summary>
    public static void Save(string folder, ModelShape shape, ParameterSet parameters)
    {
        Directory.CreateDirectory(folder);
        List<SafetensorsTensor> tensors =
        [
            SafetensorsTensor.Of(parameters[Gpt2Parameters.TokenTable], Prefix + "w.weight"),
            SafetensorsTensor.Of(parameters[Gpt2Parameters.FinalNorm + ".weight"], Prefix + "layernorm.weight"),
            SafetensorsTensor.Of(parameters[Gpt2Parameters.FinalNorm + ".bias"], Prefix + "layernorm.bias"),
            SafetensorsTensor.Of(parameters[Gpt2Parameters.HeadBias], HeadBias),
        ];
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            tensors.AddRange(Parts(shape, layer).Select(part => part.Stored(parameters)));
        }

        SafetensorsWriter.Write(Path.Combine(folder, Gpt2Folder.WeightsName), tensors, new Dictionary<string, string> { ["format"] = "pt" });
        var path = Path.Combine(folder, ModelConfig.FileName);
        File.WriteAllBytes(path + ".partial", CtrlConfig.Of(shape).ToJson());
        File.Move(path + ".partial", path, overwrite: true);
    }

    private static IEnumerable<(string Name, long[] Shape)> Stored(ModelShape shape)
    {
        var C = shape.Width;
        yield return (Prefix + "w.weight", [shape.Vocabulary, C]);
        yield return (Prefix + "layernorm.weight", [C]);
        yield return (Prefix + "layernorm.bias", [C]);
        yield return (HeadBias, [shape.Vocabulary]);
        foreach (var part in Enumerable.Range(0, shape.Layers).SelectMany(layer => Parts(shape, layer)))
        {
            yield return (part.StoredName, part.Inputs == 0 ? [part.Outputs] : [part.Outputs, part.Inputs]);
        }
    }

    private static IEnumerable<CtrlPart> Parts(ModelShape shape, int layer)
    {
        var (C, I) = (shape.Width, shape.InnerWidth);
        var (own, theirs) = (Gpt2Parameters.Block(layer), $"{Prefix}h.{layer}.");
        foreach (var norm in new[] { 1, 2 })
        {
            yield return new($"{theirs}layernorm{norm}.weight", $"{own}ln_{norm}.weight", 0, C, 0, C);
            yield return new($"{theirs}layernorm{norm}.bias", $"{own}ln_{norm}.bias", 0, C, 0, C);
        }

        var third = 0;
        foreach (var matrix in new[] { "Wq", "Wk", "Wv" })
        {
            var name = $"{theirs}multi_head_attention.{matrix}";
            yield return new(name + ".weight", own + "attn.c_attn.weight", C, C, third, 3 * C);
            yield return new(name + ".bias", own + "attn.c_attn.bias", 0, C, third, 3 * C);
            third += C;
        }

        foreach (var (stored, name, inputs, outputs) in new[]
        {
            ("multi_head_attention.dense", "attn.c_proj", C, C), ("ffn.0", "mlp.c_fc", C, I), ("ffn.2", "mlp.c_proj", I, C),
        })
        {
            yield return new($"{theirs}{stored}.weight", $"{own}{name}.weight", inputs, outputs, 0, outputs);
            yield return new($"{theirs}{stored}.bias", $"{own}{name}.bias", 0, outputs, 0, outputs);
        }
    }
}
