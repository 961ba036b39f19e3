using System.Numerics;

namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>
/// One step of AdamW with all its scalars worked out: m and v are moved towards the clipped gradient and its square, and
/// p ← p·(1 - rate·decay) - rate·m̂ / (√v̂ + ε) (Loshchilov, Hutter 2019, algorithm 2, with the learning rate as the schedule).
/// </summary>
internal readonly unsafe struct AdamW
{
    private readonly float _beta1;
    private readonly float _beta2;
    private readonly float _gradientShare;
    private readonly float _squareShare;
    private readonly float _rate;
    private readonly float _rootCorrection;
    private readonly float _epsilon;
    private readonly float _kept;

    /// <param name="options">The constants.</param>
    /// <param name="step">The step's number, from 1.</param>
    /// <param name="learningRate">The step's learning rate.</param>
    /// <param name="clip">What the gradients are multiplied by.</param>
    public AdamW(AdamWOptions options, int step, double learningRate, double clip)
    {
        _beta1 = (float)options.Beta1;
        _beta2 = (float)options.Beta2;
        _gradientShare = (float)((1 - options.Beta1) * clip);
        _squareShare = (float)((1 - options.Beta2) * clip * clip);
        _rate = (float)(learningRate / (1 - Math.Pow(options.Beta1, step)));
        _rootCorrection = (float)(1 / Math.Sqrt(1 - Math.Pow(options.Beta2, step)));
        _epsilon = (float)options.Epsilon;
        _kept = (float)(1 - (learningRate * options.WeightDecay));
    }

    /// <summary>Moves <paramref name="count"/> numbers of one parameter.</summary>
    public void Apply(float* parameter, float* gradient, float* first, float* second, int count, bool decay)
    {
        var kept = decay ? _kept : 1;
        var i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            var g = Vector.Load(gradient + i);
            var m = (Vector.Load(first + i) * _beta1) + (g * _gradientShare);
            var v = (Vector.Load(second + i) * _beta2) + (g * g * _squareShare);
            var root = (Vector.SquareRoot(v) * _rootCorrection) + new Vector<float>(_epsilon);
            var p = (Vector.Load(parameter + i) * kept) - (m * _rate / root);
            m.Store(first + i);
            v.Store(second + i);
            p.Store(parameter + i);
        }

        for (; i < count; i++)
        {
            var g = gradient[i];
            first[i] = (first[i] * _beta1) + (g * _gradientShare);
            second[i] = (second[i] * _beta2) + (g * g * _squareShare);
            parameter[i] = (parameter[i] * kept) - (first[i] * _rate / ((MathF.Sqrt(second[i]) * _rootCorrection) + _epsilon));
        }
    }
}
