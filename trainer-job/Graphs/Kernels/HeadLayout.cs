namespace Pipeline.TrainerJob.Graphs.Kernels;

/// <summary>Copies between rows of heads and matrices of one head.</summary>
internal static unsafe class HeadLayout
{
    /// <summary>Copies the matrix of one head and row of the batch, in each part.</summary>
    public static void Copy(SplitHeadsKernel sizes, float* rows, nint[] parts, int matrix, bool split)
    {
        var (batch, head) = Math.DivRem(matrix, sizes.Heads);
        var width = sizes.Heads * sizes.HeadSize;
        for (var token = 0; token < sizes.Length; token++)
        {
            var row = rows + ((((long)batch * sizes.Length) + token) * sizes.Parts * width) + (head * sizes.HeadSize);
            for (var part = 0; part < parts.Length; part++)
            {
                var inRow = new Span<float>(row + (part * width), sizes.HeadSize);
                var inMatrix = new Span<float>((float*)parts[part] + ((((long)matrix * sizes.Length) + token) * sizes.HeadSize), sizes.HeadSize);
                (split ? inRow : inMatrix).CopyTo(split ? inMatrix : inRow);
            }
        }
    }
}
