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
        var random = new SplitMix(seed);
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
            FillNormal(parameter.Values, residual ? Deviation / Math.Sqrt(2.0 * shape.Layers) : Deviation, ref random);
        }

        return parameters;
    }

    /// <summary>Pairs of normal numbers from pairs of uniform ones (Box, Muller 1958).</summary>
    private static void FillNormal(Span<float> values, double deviation, ref SplitMix random)
    {
        for (var i = 0; i < values.Length; i += 2)
        {
            var radius = deviation * Math.Sqrt(-2 * Math.Log(1 - random.Uniform()));
            var (sine, cosine) = Math.SinCos(2 * Math.PI * random.Uniform());
            values[i] = (float)(radius * cosine);
            if (i + 1 < values.Length)
            {
                values[i + 1] = (float)(radius * sine);
            }
        }
    }
}
