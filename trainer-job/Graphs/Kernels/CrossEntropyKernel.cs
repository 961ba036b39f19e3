using System.Numerics;

namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>
/// Scores [R, V], labels [R, 1] and weights [R, 1] give the gradient of the weighted loss for the scores [R, V], (softmax - one-hot) · weight,
/// and -ln p(label) of each row, not weighted [R, 1].
/// </summary>
internal sealed record CrossEntropyKernel(int Rows, int Vocabulary) : Kernel
{
    public override IReadOnlyList<Shape> Outputs => [[Rows, Vocabulary], [Rows, 1]];

    public override int? InPlaceInput => 0;

    public override unsafe void Compute(KernelContext context)
    {
        var (scores, labels, weights) = ((nint)context.Numbers(0), (nint)context.Indices(1), (nint)context.Numbers(2));
        var (gradients, losses) = ((nint)context.Output(0), (nint)context.Output(1));
        context.ForEach(VectorMath.RowBlocks, block =>
        {
            var (start, end) = VectorMath.RowBlock(Rows, block);
            for (var row = start; row < end; row++)
            {
                var offset = (long)row * Vocabulary;
                ((float*)losses)[row] = Row((float*)scores + offset, ((long*)labels)[row], ((float*)weights)[row], (float*)gradients + offset);
            }
        });
    }

    private unsafe float Row(float* scores, long label, float weight, float* gradient)
    {
        var atLabel = scores[label];
        var highest = System.Numerics.Tensors.TensorPrimitives.Max(new ReadOnlySpan<float>(scores, Vocabulary));
        var powers = Vector<float>.Zero;
        for (var i = 0; i < Vocabulary; i += Vector<float>.Count)
        {
            var power = VectorMath.Exp(VectorMath.Load(scores + i, Vocabulary - i, float.NegativeInfinity) - new Vector<float>(highest));
            powers += power;
            VectorMath.Store(power, gradient + i, Vocabulary - i);
        }

        var sum = Vector.Sum(powers);
        var factor = weight / sum;
        for (var i = 0; i < Vocabulary; i += Vector<float>.Count)
        {
            VectorMath.Store(VectorMath.Load(gradient + i, Vocabulary - i) * factor, gradient + i, Vocabulary - i);
        }

        gradient[label] -= weight;
        return (float)(Math.Log(sum) + highest - atLabel);
    }
}
