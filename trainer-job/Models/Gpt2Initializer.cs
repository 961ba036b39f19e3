using Pipeline.Generation;

namespace Pipeline.TrainerJob.Models;

/// <summary>
/// GPT-2's starting weights: normal with deviation 0.02, the projections back into the residual stream divided by √(2 · layers)
/// (Radford et al. 2019, section 2.3), layer norms 1 and 0, biases 0.
/// </summary>
public static class Gpt2Initializer
{
    private const double Deviation = 0.02;

    /// <summary>The same shape and seed give the same weights on every machine up to the rounding of its logarithm and cosine.</summary>
    public static ParameterSet Random(ModelShape shape, ulong seed)
    {
        var parameters = Gpt2Parameters.Allocate(shape);
        var state = seed;
        foreach (var parameter in parameters)
        {
            if (parameter.Name.EndsWith(".bias", StringComparison.Ordinal))
            {
                continue;
            }

            if (!parameter.IsMatrix)
            {
                parameter.Values.Fill(1);
                continue;
            }

            var residual = parameter.Name.EndsWith("c_proj.weight", StringComparison.Ordinal);
            FillNormal(parameter.Values, residual ? Deviation / Math.Sqrt(2.0 * shape.Layers) : Deviation, ref state);
        }

        return parameters;
    }

    /// <summary>Pairs of normal numbers from pairs of uniform ones (Box, Muller 1958).</summary>
    private static void FillNormal(Span<float> values, double deviation, ref ulong state)
    {
        for (var i = 0; i < values.Length; i += 2)
        {
            var radius = deviation * Math.Sqrt(-2 * Math.Log(1 - Uniform(ref state)));
            var (sine, cosine) = Math.SinCos(2 * Math.PI * Uniform(ref state));
            values[i] = (float)(radius * cosine);
            if (i + 1 < values.Length)
            {
                values[i + 1] = (float)(radius * sine);
            }
        }
    }

    /// <summary>A number in [0, 1) from SplitMix64 (Steele, Lea, Flood 2014): every seed is good, and the state is one word.</summary>
    private static double Uniform(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
