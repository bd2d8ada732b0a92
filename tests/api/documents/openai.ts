import type { PageResponse } from 'openai/core/pagination';
import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { Model } from 'openai/resources/models';
import type { ErrorObject } from 'openai/resources/shared';

export type Answer = ChatCompletion;
export type AnswerChunk = ChatCompletionChunk;
export type Error = { error: ErrorObject };
export type OneModel = Model;
export type ModelList = PageResponse<Model>;
