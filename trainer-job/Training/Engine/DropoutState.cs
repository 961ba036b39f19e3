using Pipeline.TrainerJob.Graphs.Composites;
using Pipeline.TrainerJob.Graphs.Kernels;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.Training.Engine;

/// <summary>All that what is dropped follows from.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Updates">Updates made so far.</param>
/// <param name="FirstRow">The place in the step of the batch's first row.</param>
/// <param name="Rate">The share that is dropped.</param>
internal readonly record struct DropoutState(ulong Seed, long Updates, long FirstRow, double Rate)
{
    /// <summary>Sets the keys, row numbers or masks that a pass has as inputs.</summary>
    /// <param name="tensors">The inputs.</param>
    /// <param name="suffix">What follows the names of the keys and masks of one block.</param>
    /// <param name="firstSite">The site that the pass's first one is.</param>
    public void Fill(BatchTensors tensors, string suffix = "", int firstSite = 0)
    {
        if (tensors.Contains(Dropout.Keys + suffix))
        {
            var keys = tensors.Indices(Dropout.Keys + suffix);
            for (var site = 0; site < keys.Length; site++)
            {
                keys[site] = Key(firstSite + site);
            }

            var rows = tensors.Indices(Dropout.Rows);
            for (var row = 0; row < rows.Length; row++)
            {
                rows[row] = FirstRow + row;
            }
        }
    }

    /// <summary>Writes one site's mask of a batch.</summary>
    public void Fill(Span<bool> mask, int site, int rows)
    {
        var length = mask.Length / rows;
        for (var row = 0; row < rows; row++)
        {
            DropoutMask.Of(Key(site), FirstRow + row, (float)Rate).Write(mask.Slice(row * length, length));
        }
    }

    // Each word is mixed in before the next is added: neighbouring steps and sites have nothing in common.
    private long Key(int site) => (long)SplitMix.Mix(SplitMix.Mix(SplitMix.Mix(~Seed) + (ulong)Updates) + (ulong)site);
}
