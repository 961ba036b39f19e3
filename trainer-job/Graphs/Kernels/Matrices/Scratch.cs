using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Graphs.Kernels.Matrices;

/// <summary>Memory for packed operands, kept from one product to the next.</summary>
internal sealed class Scratch : IDisposable
{
    /// <summary>For the left operand.</summary>
    public Block Left { get; } = new();

    /// <summary>For the right operand.</summary>
    public Block Right { get; } = new();

    /// <summary>A row of zeros.</summary>
    public Block Zeros { get; } = new();

    /// <inheritdoc />
    public void Dispose()
    {
        Left.Dispose();
        Right.Dispose();
        Zeros.Dispose();
    }

    /// <summary>Numbers on a cache line's boundary; zeros until they are written.</summary>
    public sealed unsafe class Block : IDisposable
    {
        private long _length;

        /// <summary>The first number.</summary>
        public float* Numbers { get; private set; }

        /// <summary>Makes room for so many numbers; what was there before may be gone.</summary>
        public void Demand(long length)
        {
            if (length > _length)
            {
                LargeMemory.Free(Numbers);
                Numbers = (float*)LargeMemory.Allocate(length * sizeof(float));
                _length = length;
            }
        }

        /// <inheritdoc />
        public void Dispose()
        {
            LargeMemory.Free(Numbers);
            Numbers = null;
            _length = 0;
        }
    }
}
