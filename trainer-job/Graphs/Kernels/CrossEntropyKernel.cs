using Pipeline.TrainerJob.Graphs.Kernels.Lanes;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// Scores [R, V], labels [R, 1] and weights [R, 1] give the gradient of the weighted loss for the scores [R, V], (softmax - one-hot) · weight,
/// and -ln p(label) of each row, not weighted [R, 1].
/// </summary>
internal sealed record CrossEntropyKernel(int Rows, int Vocabulary) : LaneKernel
{
    public override IReadOnlyList<Shape> Outputs => [[Rows, Vocabulary], [Rows, 1]];

    public override int? InPlaceInput => 0;

    protected override unsafe void Compute<T>(KernelContext context)
    {
        var (scores, labels, weights) = ((nint)context.Numbers(0), (nint)context.Indices(1), (nint)context.Numbers(2));
        var (gradients, losses) = ((nint)context.Output(0), (nint)context.Output(1));
        context.ForEach(VectorMath.RowBlocks, block =>
        {
            var (start, end) = VectorMath.RowBlock(Rows, block);
            for (var row = start; row < end; row++)
            {
                var offset = (long)row * Vocabulary;
                ((float*)losses)[row] = Row<T>((float*)scores + offset, ((long*)labels)[row], ((float*)weights)[row], (float*)gradients + offset);
            }
        });
    }

    private unsafe float Row<T>(float* scores, long label, float weight, float* gradient)
        where T : struct, ILanes<T>
    {
        var atLabel = scores[label];
        var highest = VectorMath.Largest<T>(scores, Vocabulary);
        var powers = T.All(0);
        for (var i = 0; i < Vocabulary; i += T.Count)
        {
            var power = VectorMath.Exp(VectorMath.Load<T>(scores + i, Vocabulary - i, float.NegativeInfinity) - T.All(highest));
            powers += power;
            VectorMath.Store(power, gradient + i, Vocabulary - i);
        }

        var sum = T.Sum(powers);
        var factor = weight / sum;
        for (var i = 0; i < Vocabulary; i += T.Count)
        {
            VectorMath.Store(VectorMath.Load<T>(gradient + i, Vocabulary - i) * T.All(factor), gradient + i, Vocabulary - i);
        }

        gradient[label] -= weight;
        return (float)(Math.Log(sum) + highest - atLabel);
    }
}
