using Microsoft.ML.OnnxRuntime;
using Pipeline.Generation;

namespace Pipeline.TrainerJob.Export;

/// <summary>Feeds the file as other programs would: two rows in one call, the shorter padded on the right, with an empty past.</summary>
/// <param name="session">The 32-bit file.</param>
internal sealed class PaddedBatch(DecoderSession session)
{
    /// <summary>The largest difference between the logits of the padded batch and those of each row alone.</summary>
    /// <param name="text">The longer row; the shorter is its first half.</param>
    public double Compare(int[] text)
    {
        using var native = new InferenceSession(session.Path);
        var half = (text.Length + 1) / 2;
        var (together, vocabulary) = (Logits(native, [text[..half], text]), session.Shape.Vocabulary);
        return Math.Max(
            ExportProof.Difference(together.AsSpan(0, vocabulary), Logits(native, [text[..half]])),
            ExportProof.Difference(together.AsSpan(vocabulary), Logits(native, [text])));
    }

    private float[] Logits(InferenceSession native, int[][] rows)
    {
        var (batch, length) = (rows.Length, rows.Max(row => row.Length));
        var ids = new long[batch * length];
        var mask = new long[batch * length];
        var positions = new long[batch * length];
        for (var row = 0; row < batch; row++)
        {
            for (var t = 0; t < rows[row].Length; t++)
            {
                (ids[(row * length) + t], mask[(row * length) + t], positions[(row * length) + t]) = (rows[row][t], 1, t);
            }
        }

        long[] shape = [batch, length];
        long[] empty = [batch, session.Shape.Heads, 0, session.Metadata.CacheHeadSize];
        var inputs = new Dictionary<string, OrtValue>
        {
            ["input_ids"] = OrtValue.CreateTensorValueFromMemory(ids, shape),
            ["attention_mask"] = OrtValue.CreateTensorValueFromMemory(mask, shape),
            ["position_ids"] = OrtValue.CreateTensorValueFromMemory(positions, shape),
        };
        foreach (var name in native.InputNames.Where(name => !inputs.ContainsKey(name)))
        {
            inputs[name] = OrtValue.CreateTensorValueFromMemory(Array.Empty<float>(), empty);
        }

        try
        {
            using var options = new RunOptions();
            using var outputs = native.Run(options, inputs, ["logits"]);
            return outputs[0].GetTensorDataAsSpan<float>().ToArray();
        }
        finally
        {
            foreach (var value in inputs.Values)
            {
                value.Dispose();
            }
        }
    }
}
