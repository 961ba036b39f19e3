using Pipeline.Testing;
using Pipeline.TrainerJob.Safetensors;

namespace Pipeline.Shared.Tests.Generation;

/// <summary>The small CTRL of the reference data, written out plainly, to have its logits for penalised sampling.</summary>
internal sealed class PlainCtrl : IDisposable
{
    private const int Width = 32;
    private const int Heads = 4;
    private const int Layers = 2;
    private const int Vocabulary = 96;

    private readonly SafetensorsFile _weights = SafetensorsFile.Open(ProjectFolders.Shared("reference", "ctrl-tiny", "model.safetensors"));

    public float[] Next(IReadOnlyList<int> text)
    {
        var table = this["transformer.w.weight"];
        var x = text.Select((id, p) => Enumerable.Range(0, Width).Select(i => (table[(id * Width) + i] * Math.Sqrt(Width)) + Position(p, i)).ToArray()).ToArray();
        for (var layer = 0; layer < Layers; layer++)
        {
            var h = $"transformer.h.{layer}.";
            var normal = x.Select(row => Normalize(h + "layernorm1", row)).ToArray();
            var attended = Attend(h + "multi_head_attention.", normal);
            x = [.. x.Zip(attended, Add)];
            x = [.. x.Select(row => Add(row, Linear(h + "ffn.2", [.. Linear(h + "ffn.0", Normalize(h + "layernorm2", row)).Select(y => Math.Max(y, 0))])))];
        }

        var last = Normalize("transformer.layernorm", x[^1]);
        var bias = this["lm_head.bias"];
        return [.. Enumerable.Range(0, Vocabulary).Select(v => (float)(bias[v] + Enumerable.Range(0, Width).Sum(i => table[(v * Width) + i] * last[i])))];
    }

    public void Dispose() => _weights.Dispose();

    private float[] this[string name] => _weights.ReadNumbers(name);

    private static double Position(int p, int column)
    {
        var i = column < Width / 2 ? 2 * column : (2 * (column - (Width / 2))) + 1;
        var angle = p / Math.Pow(10000, 2.0 * (i / 2) / Width);
        return column < Width / 2 ? Math.Sin(angle) : Math.Cos(angle);
    }

    private double[][] Attend(string name, double[][] x)
    {
        var (q, k, v) = (Project("Wq"), Project("Wk"), Project("Wv"));
        const int size = Width / Heads;
        return [.. x.Select((_, t) => Linear(name + "dense", [.. Enumerable.Range(0, Heads).SelectMany(head =>
        {
            var scores = TestModel.LogSoftmax([.. Enumerable.Range(0, t + 1).Select(s => Enumerable.Range(head * size, size).Sum(i => q[t][i] * k[s][i]) / Math.Sqrt(size))]);
            return Enumerable.Range(head * size, size).Select(i => scores.Select((score, s) => Math.Exp(score) * v[s][i]).Sum());
        })]))];

        double[][] Project(string part) => [.. x.Select(row => Linear(name + part, row))];
    }

    private double[] Linear(string name, double[] x)
    {
        var (weight, bias) = (this[name + ".weight"], this[name + ".bias"]);
        return [.. bias.Select((b, o) => b + x.Select((value, i) => value * weight[(o * x.Length) + i]).Sum())];
    }

    private double[] Normalize(string name, double[] x)
    {
        var (weight, bias) = (this[name + ".weight"], this[name + ".bias"]);
        var mean = x.Average();
        var deviation = Math.Sqrt(x.Average(value => Math.Pow(value - mean, 2)) + 1e-6);
        return [.. x.Select((value, i) => ((value - mean) / deviation * weight[i]) + bias[i])];
    }

    private static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];
}
