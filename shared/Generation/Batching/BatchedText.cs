using Pipeline.Generation.Drafts;

namespace Pipeline.Generation.Batching;

/// <summary>One text on its way through the batch.</summary>
/// <param name="request">Whose it is.</param>
/// <param name="sample">The text.</param>
/// <param name="window">What the model sees of it.</param>
/// <param name="drafts">Guesses of what it says next.</param>
internal sealed class BatchedText(PendingRequest request, SampleInProgress sample, ContextWindow window, TextDrafts drafts)
{
    public PendingRequest Request => request;

    public SampleInProgress Sample => sample;

    public ContextWindow Window => window;

    public TextDrafts Drafts => drafts;

    /// <summary>Guesses in the step at hand, behind the token that is due.</summary>
    public int Guesses { get; set; }

    /// <summary>Whether its prompt was taken in but no token chosen yet.</summary>
    public bool Fresh { get; set; }
}
