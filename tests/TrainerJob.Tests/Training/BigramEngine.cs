using Pipeline.TrainerJob.Training;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Tests.Training;

/// <summary>
/// A model small enough to check by hand: a table of logits for the next token given the last one, trained by Adam in
/// plain loops. Its optimum on any text is known: the frequencies of the text's pairs.
/// </summary>
internal sealed class BigramEngine : ITrainingEngine
{
    private readonly int _vocabulary;
    private readonly Tensor _table;
    private readonly Tensor _mean;
    private readonly Tensor _square;
    private readonly double[] _gradient;

    public BigramEngine(int vocabulary, ulong seed = 1)
    {
        _vocabulary = vocabulary;
        var random = new Random((int)seed);
        _table = new Tensor("table", vocabulary);
        _mean = new Tensor("table.mean", vocabulary);
        _square = new Tensor("table.square", vocabulary);
        _gradient = new double[vocabulary * vocabulary];
        foreach (ref var value in _table.Values)
        {
            value = (float)(random.NextDouble() * 0.02);
        }
    }

    public IReadOnlyList<IStateTensor> Weights => [_table];

    public IReadOnlyList<IStateTensor> OptimizerState => [_mean, _square];

    /// <summary>What each call of <see cref="Accumulate"/> answers instead of the true loss, counted from 1, or null for the true loss.</summary>
    public Func<int, double?> Pretend { get; set; } = _ => null;

    /// <summary>Called after each pass of <see cref="Accumulate"/>, with its number.</summary>
    public Action<int> AfterPass { get; set; } = _ => { };

    public int Passes { get; private set; }

    public int Evaluations { get; private set; }

    public void GoOnAfter(int updates)
    {
        // Nothing here follows from the number of updates but what a call brings with it.
    }

    public StepLoss Accumulate(TrainingBatch batch, double scale)
    {
        var loss = Walk(batch, (previous, probabilities, next) =>
        {
            for (var token = 0; token < _vocabulary; token++)
            {
                _gradient[previous * _vocabulary + token] += scale * (probabilities[token] - (token == next ? 1 : 0));
            }
        });
        AfterPass(++Passes);
        return Pretend(Passes) is { } pretended ? loss with { SummedLoss = pretended * loss.Tokens } : loss;
    }

    public double GradientNorm() => Math.Sqrt(_gradient.Sum(value => value * value));

    public void Update(int step, double learningRate)
    {
        const double beta1 = 0.9, beta2 = 0.99;
        for (var i = 0; i < _gradient.Length; i++)
        {
            _mean.Values[i] = (float)(beta1 * _mean.Values[i] + (1 - beta1) * _gradient[i]);
            _square.Values[i] = (float)(beta2 * _square.Values[i] + (1 - beta2) * _gradient[i] * _gradient[i]);
            var mean = _mean.Values[i] / (1 - Math.Pow(beta1, step));
            var square = _square.Values[i] / (1 - Math.Pow(beta2, step));
            _table.Values[i] -= (float)(learningRate * mean / (Math.Sqrt(square) + 1e-8));
        }

        DiscardGradients();
    }

    public void DiscardGradients() => Array.Clear(_gradient);

    public StepLoss Evaluate(TrainingBatch batch)
    {
        Evaluations++;
        return Walk(batch, (_, _, _) => { });
    }

    public float[] Logits(TrainingBatch batch) => [.. batch.InputIds.SelectMany(id => _table.Values.Slice((int)id * _vocabulary, _vocabulary).ToArray())];

    public void Dispose()
    {
    }

    private StepLoss Walk(TrainingBatch batch, Action<long, double[], long> visit)
    {
        var probabilities = new double[_vocabulary];
        var loss = 0.0;
        var tokens = 0L;
        for (var i = 0; i < batch.Labels.Length; i++)
        {
            if (batch.Labels[i] == TrainingBatch.Ignored)
            {
                continue;
            }

            var previous = batch.InputIds[i];
            var sum = 0.0;
            for (var token = 0; token < _vocabulary; token++)
            {
                sum += probabilities[token] = Math.Exp(_table.Values[(int)previous * _vocabulary + token]);
            }

            for (var token = 0; token < _vocabulary; token++)
            {
                probabilities[token] /= sum;
            }

            loss -= Math.Log(probabilities[batch.Labels[i]]);
            tokens++;
            visit(previous, probabilities, batch.Labels[i]);
        }

        return new StepLoss(loss, tokens);
    }

    private sealed class Tensor(string name, int size) : IStateTensor
    {
        private readonly float[] _values = new float[size * size];

        public string Name { get; } = name;

        public IReadOnlyList<long> Shape { get; } = [size, size];

        public Span<float> Values => _values;
    }
}
