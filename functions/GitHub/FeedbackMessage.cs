using Pipeline.Functions.Predict;

namespace Pipeline.Functions.GitHub;

/// <summary>Feedback in the form that POST /api/send-feedback takes.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Response">What the model wrote.</param>
/// <param name="Reward">0 to 1.</param>
/// <param name="Truth">What it should have been: the post as the owner published it; null if he did not.</param>
internal sealed record FeedbackMessage(SeldonMessage Request, SeldonMessage Response, double Reward, SeldonMessage? Truth);
