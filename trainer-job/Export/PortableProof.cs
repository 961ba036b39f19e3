using Microsoft.ML.OnnxRuntime;
using Pipeline.Generation;

namespace Pipeline.TrainerJob.Export;

/// <summary>Runs a portable file as other programs do and compares it with the model's definition.</summary>
internal sealed class PortableProof : IDisposable
{
    private readonly InferenceSession _session;
    private readonly ModelShape _shape;

    /// <summary>Loads the file.</summary>
    /// <param name="path">A portable file.</param>
    /// <param name="shape">The model.</param>
    public PortableProof(string path, ModelShape shape)
    {
        _session = new(path);
        _shape = shape;
    }

    /// <summary>The largest difference between the logits of every position and those expected.</summary>
    /// <param name="text">Tokens.</param>
    /// <param name="expected">Logits [T, vocabulary] after each.</param>
    public double Whole(int[] text, float[] expected) => ExportProof.Difference(Logits([text], text.Length), expected);

    /// <summary>The same for a batch: the whole text and its first half, padded at the front to the same length.</summary>
    public double PaddedOnTheLeft(int[] text, float[] expected)
    {
        var half = Math.Max(1, text.Length / 2);
        var logits = Logits([text[..half], text], text.Length);
        var vocabulary = _shape.Vocabulary;
        return Math.Max(
            ExportProof.Difference(logits.AsSpan((text.Length - half) * vocabulary, half * vocabulary), expected.AsSpan(0, half * vocabulary)),
            ExportProof.Difference(logits.AsSpan(text.Length * vocabulary), expected));
    }

    /// <inheritdoc />
    public void Dispose() => _session.Dispose();

    private float[] Logits(int[][] rows, int length)
    {
        var (ids, mask, positions) = (new long[rows.Length * length], new long[rows.Length * length], new long[rows.Length * length]);
        for (var row = 0; row < rows.Length; row++)
        {
            var start = length - rows[row].Length;
            for (var t = 0; t < rows[row].Length; t++)
            {
                var at = (row * length) + start + t;
                (ids[at], mask[at], positions[at]) = (rows[row][t], 1, t);
            }
        }

        long[] shape = [rows.Length, length];
        var inputs = new Dictionary<string, OrtValue>
        {
            ["input_ids"] = OrtValue.CreateTensorValueFromMemory(ids, shape),
            ["attention_mask"] = OrtValue.CreateTensorValueFromMemory(mask, shape),
            ["position_ids"] = OrtValue.CreateTensorValueFromMemory(positions, shape),
        };
        foreach (var name in _session.InputNames.Where(name => !inputs.ContainsKey(name)))
        {
            inputs[name] = OrtValue.CreateTensorValueFromMemory(Array.Empty<float>(), [rows.Length, _shape.Heads, 0, _shape.HeadSize]);
        }

        try
        {
            using var options = new RunOptions();
            using var outputs = _session.Run(options, inputs, ["logits"]);
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
