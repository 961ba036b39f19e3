namespace Pipeline.TrainerJob.Tests.Graphs;

/// <summary>What the composites compute, as plain loops in float64.</summary>
internal static class Formulas
{
    public static double[] Linear(double[] x, double[] weight, double[] bias)
    {
        var outputs = bias.Length;
        var inputs = weight.Length / outputs;
        var y = new double[x.Length / inputs * outputs];
        for (var i = 0; i < y.Length; i++)
        {
            var (row, column) = Math.DivRem(i, outputs);
            y[i] = bias[column];
            for (var k = 0; k < inputs; k++)
            {
                y[i] += x[(row * inputs) + k] * weight[(k * outputs) + column];
            }
        }

        return y;
    }

    /// <summary>A matrix with its rows as columns.</summary>
    public static double[] Transposed(double[] matrix, int columns) =>
        [.. Enumerable.Range(0, columns).SelectMany(column => matrix.Where((_, i) => i % columns == column))];

    public static double[] LayerNorm(double[] x, double[] weight, double[] bias, double epsilon)
    {
        var y = new List<double>();
        foreach (var row in x.Chunk(weight.Length))
        {
            var mean = row.Average();
            var deviation = Math.Sqrt(row.Average(value => (value - mean) * (value - mean)) + epsilon);
            y.AddRange(row.Select((value, i) => ((value - mean) / deviation * weight[i]) + bias[i]));
        }

        return [.. y];
    }

    public static double[] Gelu(double[] x) =>
        [.. x.Select(value => 0.5 * value * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (value + (0.044715 * value * value * value)))))];

    public static double[] Attention(double[] queriesKeysValues, long[] segments, int length, int heads, int headSize)
    {
        var width = heads * headSize;
        var y = new double[segments.Length * width];
        for (var token = 0; token < segments.Length; token++)
        {
            var seen = Enumerable.Range(token / length * length, (token % length) + 1).Where(other => segments[other] == segments[token]).ToList();
            for (var head = 0; head < heads; head++)
            {
                double At(int of, int part, int i) => queriesKeysValues[(of * 3 * width) + (part * width) + (head * headSize) + i];
                var scores = seen.Select(other => Enumerable.Range(0, headSize).Sum(i => At(token, 0, i) * At(other, 1, i)) / Math.Sqrt(headSize)).ToList();
                var powers = scores.Select(score => Math.Exp(score - scores.Max())).ToList();
                for (var i = 0; i < headSize; i++)
                {
                    y[(token * width) + (head * headSize) + i] = seen.Select((other, k) => powers[k] / powers.Sum() * At(other, 2, i)).Sum();
                }
            }
        }

        return y;
    }

    public static double[] Rows(double[] table, long[] indices, int columns) =>
        [.. indices.SelectMany(index => table.AsSpan((int)index * columns, columns).ToArray())];

    /// <summary>-ln p(label) of each row.</summary>
    public static double[] Loss(double[] x, double[] table, long[] labels, int columns)
    {
        var losses = new List<double>();
        foreach (var (row, label) in x.Chunk(columns).Zip(labels))
        {
            var scores = table.Chunk(columns).Select(entry => entry.Zip(row, (a, b) => a * b).Sum()).ToList();
            losses.Add(Math.Log(scores.Sum(score => Math.Exp(score - scores.Max()))) + scores.Max() - scores[(int)label]);
        }

        return [.. losses];
    }
}
