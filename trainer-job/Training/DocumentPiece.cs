namespace Pipeline.TrainerJob.Training;

/// <summary>A stretch of one document that is read as one segment: no attention crosses its borders and its positions begin at 0.</summary>
/// <param name="Document">The document's index.</param>
/// <param name="Start">The first input token.</param>
/// <param name="Length">Input tokens; each predicts the token after it, so the document holds one more.</param>
internal readonly record struct DocumentPiece(int Document, int Start, int Length);
