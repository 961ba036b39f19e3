using Pipeline.TrainerJob.Graphs.Kernels;
using Pipeline.TrainerJob.Graphs.Kernels.Lanes;

namespace Pipeline.TrainerJob.Tests.Graphs;

/// <summary>What the kernels compute with, in each width that this processor has.</summary>
public sealed unsafe class LanesTests
{
    private const float Untouched = 123;

    private interface ICheck
    {
        void Run<T>()
            where T : struct, ILanes<T>;
    }

    [Fact]
    public void Exp_is_within_two_units_of_the_last_place() => InEachWidth(new ExpCheck());

    [Fact]
    public void A_part_of_a_register_touches_nothing_else() => InEachWidth(new PartCheck());

    [Fact]
    public void Softmax_and_its_gradient_are_those_of_the_token_s_segment() => InEachWidth(new SoftmaxCheck());

    [Fact]
    public void A_score_that_is_NaN_is_not_lost() => InEachWidth(new NanCheck());

    private static void InEachWidth(ICheck check)
    {
        check.Run<NarrowLanes>();
        if (WideLanes.IsSupported)
        {
            check.Run<WideLanes>();
        }
    }

    private sealed class ExpCheck : ICheck
    {
        public void Run<T>()
            where T : struct, ILanes<T>
        {
            var x = stackalloc float[T.Count];
            var y = stackalloc float[T.Count];
            for (var value = -87.2f; value < 88; value += 0.0137f)
            {
                Exp<T>(value, x, y);
                var unit = MathF.BitIncrement((float)Math.Exp(value)) - (float)Math.Exp(value);
                Assert.InRange(y[0], Math.Exp(value) - (2 * unit), Math.Exp(value) + (2 * unit));
                Assert.True(new Span<float>(y, T.Count).IndexOfAnyExcept(y[0]) < 0);
            }

            foreach (var (value, expected) in new (float, float)[] { (0, 1), (float.NegativeInfinity, 0), (-100, 0), (float.NaN, float.NaN) })
            {
                Exp<T>(value, x, y);
                Assert.Equal(expected, y[T.Count - 1]);
            }
        }

        private static void Exp<T>(float value, float* x, float* y)
            where T : struct, ILanes<T>
        {
            new Span<float>(x, T.Count).Fill(value);
            VectorMath.Exp(T.Load(x)).Store(y);
        }
    }

    private sealed class PartCheck : ICheck
    {
        public void Run<T>()
            where T : struct, ILanes<T>
        {
            var numbers = stackalloc float[T.Count];
            var target = stackalloc float[T.Count];
            for (var i = 0; i < T.Count; i++)
            {
                numbers[i] = i;
            }

            for (var count = 0; count < T.Count; count++)
            {
                VectorMath.Load<T>(numbers, count, rest: -1).Store(target);
                Assert.Equal(Enumerable.Range(0, T.Count).Select(i => i < count ? i : -1f), new Span<float>(target, T.Count).ToArray());

                new Span<float>(target, T.Count).Fill(Untouched);
                VectorMath.Store(T.Load(numbers), target, count);
                Assert.Equal(Enumerable.Range(0, T.Count).Select(i => i < count ? i : Untouched), new Span<float>(target, T.Count).ToArray());
            }
        }
    }

    private sealed class SoftmaxCheck : ICheck
    {
        public void Run<T>()
            where T : struct, ILanes<T>
        {
            var random = new Random(7);
            for (var round = 0; round < 500; round++)
            {
                var length = random.Next(1, 70);
                // Documents one after the other, or one that goes on after another.
                long[] segments = [.. Enumerable.Range(0, random.Next(length) + 1).Select(token => round % 3 == 0 ? random.Next(2) : token / 20L)];
                var seen = segments.Length;
                var scores = Numbers(random, length);
                var exact = Exact(scores, segments);
                float[] row = [.. scores, Untouched];
                fixed (float* first = row)
                {
                    AttentionRows.Softmax<T>(first, segments, length);
                }

                Assert.Equal(Untouched, row[length]);
                Assert.All(Enumerable.Range(0, length), i => Assert.Equal(i < seen ? exact[i] : 0, row[i], 1e-6));
                Assert.All(row[seen..length], weight => Assert.Equal(0, weight));

                var gradient = Numbers(random, length);
                var along = Enumerable.Range(0, seen).Sum(i => exact[i] * gradient[i]);
                float[] result = [.. gradient, Untouched];
                result.AsSpan(seen, length - seen).Fill(float.NaN);
                fixed (float* first = result, weights = row)
                {
                    AttentionRows.SoftmaxGradient<T>(first, weights, seen, length);
                }

                Assert.Equal(Untouched, result[length]);
                Assert.All(Enumerable.Range(0, length), i => Assert.Equal(i < seen ? exact[i] * (gradient[i] - along) : 0, result[i], 1e-5));
            }
        }

        private static float[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 12) - 6)];

        private static double[] Exact(float[] scores, long[] segments)
        {
            double[] powers = [.. segments.Select((segment, token) => segment == segments[^1] ? Math.Exp(scores[token]) : 0)];
            return [.. powers.Select(power => power / powers.Sum())];
        }
    }

    private sealed class NanCheck : ICheck
    {
        public void Run<T>()
            where T : struct, ILanes<T>
        {
            for (var place = 0; place < 20; place++)
            {
                float[] row = [.. Enumerable.Range(0, 20).Select(i => i == place ? float.NaN : i)];
                fixed (float* first = row)
                {
                    AttentionRows.Softmax<T>(first, new long[20], 20);
                }

                Assert.All(row, weight => Assert.Equal(float.NaN, weight));
            }
        }
    }
}
