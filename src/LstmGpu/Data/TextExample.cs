namespace LstmGpu.Data;

/// <summary>A text and its label.</summary>
/// <param name="Group">The file or label folder that it comes from, counted from 0: a hold-out by place divides each for itself.</param>
internal readonly record struct TextExample(string Text, string Label, int Group);
